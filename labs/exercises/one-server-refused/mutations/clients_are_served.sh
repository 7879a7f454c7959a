# Its certificates are right, and it does not run.
box "$TARGET" 'mv /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/kube-apiserver.away'
