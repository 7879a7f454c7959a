box "$TARGET" 'mv /etc/kubernetes/kube-apiserver.away /etc/kubernetes/manifests/kube-apiserver.yaml'
