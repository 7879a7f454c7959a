box "$TARGET" 'mv /root/kubeconfig /etc/kubernetes/kubelet/kubeconfig'
