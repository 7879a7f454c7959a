box "$CONTROL_PLANE" 'mv /root/apiserver.key /etc/kubernetes/kube-apiserver/pki/apiserver.key'
