# also red: audit_is_written
box "$CONTROL_PLANE" 'mv /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/apiserver.away'
