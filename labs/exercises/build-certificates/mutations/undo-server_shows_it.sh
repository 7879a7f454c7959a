box "$CONTROL_PLANE" 'mv /root/kube-apiserver.yaml /etc/kubernetes/pod.new; mv /etc/kubernetes/pod.new /etc/kubernetes/manifests/kube-apiserver.yaml'
