box "$TARGET" <<'END'
systemctl disable --now kubelet 2> /dev/null
crictl rmp -fa > /dev/null 2>&1 || true
rm -rf /etc/kubernetes/* /etc/systemd/system/kubelet.service /etc/systemd/system/kubelet.service.d
systemctl daemon-reload
END
forgotten() { kubectl delete node "$TARGET" --ignore-not-found; }
until_true 30 forgotten
lend kubernetes "$TARGET"
cover "$TARGET"
