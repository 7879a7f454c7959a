box "$CONTROL_PLANE" 'mv /root/kubeconfig /etc/kubernetes/kube-scheduler/kubeconfig'
