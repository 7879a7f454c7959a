box "$TARGET" 'mv /root/kube-proxy.yaml /etc/kubernetes/proxy.new; mv /etc/kubernetes/proxy.new /etc/kubernetes/manifests/kube-proxy.yaml'
