# What was made stays as it is.
box "$CONTROL_PLANE" 'mv /etc/kubernetes/manifests/kube-controller-manager.yaml /root/'
