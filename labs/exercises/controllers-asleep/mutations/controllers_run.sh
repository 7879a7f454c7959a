# What was there stays, and nobody looks after it.
box "$CONTROL_PLANE" 'rm /etc/kubernetes/manifests/kube-controller-manager.yaml'
