box "$TARGET" <<'END'
for end in crt key; do mv /root/kept.$end /etc/kubernetes/kubelet/server.$end; done
systemctl restart kubelet
END
