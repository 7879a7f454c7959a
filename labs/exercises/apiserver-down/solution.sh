box "$CONTROL_PLANE" <<'END'
# Read what is wrong (crictl logs, journalctl -u kubelet), compare with what the box was given, and put that back.
diff /opt/kubelab/box/files/etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/manifests/kube-apiserver.yaml || true
install -m 644 /opt/kubelab/box/files/etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/apiserver.new
mv /etc/kubernetes/apiserver.new /etc/kubernetes/manifests/kube-apiserver.yaml
END
