# also red: node_is_ready
box "$CONTROL_PLANE" 'mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/; crictl ps -q --name "^kube-apiserver\$" | xargs -r crictl stop -t 0'
