box "$CONTROL_PLANE" 'mv /root/kube-controller-manager.yaml /etc/kubernetes/pod.new; mv /etc/kubernetes/pod.new /etc/kubernetes/manifests/kube-controller-manager.yaml'
