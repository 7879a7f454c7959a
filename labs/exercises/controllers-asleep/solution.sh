box "$CONTROL_PLANE" <<'END'
install -m 644 /opt/kubelab/box/files/etc/kubernetes/manifests/kube-controller-manager.yaml /etc/kubernetes/manager.new
mv /etc/kubernetes/manager.new /etc/kubernetes/manifests/kube-controller-manager.yaml
END
