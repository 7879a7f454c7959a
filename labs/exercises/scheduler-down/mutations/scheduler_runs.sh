# What was placed stays where it is.
box "$CONTROL_PLANE" 'rm /etc/kubernetes/manifests/kube-scheduler.yaml'
