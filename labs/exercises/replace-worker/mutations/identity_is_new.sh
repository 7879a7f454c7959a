# The stolen key again, for serving only.
box "$TARGET" <<'END'
cd /etc/kubernetes/kubelet
for end in crt key; do
  cp -p server.$end /root/kept.$end
  cp /opt/kubelab/box/files/etc/kubernetes/kubelet/server.$end server.$end
done
systemctl restart kubelet
END
