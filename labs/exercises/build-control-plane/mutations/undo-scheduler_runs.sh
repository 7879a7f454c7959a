box "$CONTROL_PLANE" 'mv /root/kube-scheduler.yaml /etc/kubernetes/pod.new; mv /etc/kubernetes/pod.new /etc/kubernetes/manifests/kube-scheduler.yaml'
