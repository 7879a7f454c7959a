# Configured, and the key is for everybody to read; nothing was written again.
box "$CONTROL_PLANE" <<'END'
install -m 644 /opt/kubelab/box/files/etc/kubernetes/kube-apiserver/encryption.yaml /etc/kubernetes/kube-apiserver/encryption.yaml
END
