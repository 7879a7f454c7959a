box "$TARGET" 'mv /etc/kubernetes/manifests/kube-proxy.yaml /root/kube-proxy.yaml'
