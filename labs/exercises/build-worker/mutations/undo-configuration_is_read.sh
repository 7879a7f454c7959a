box "$TARGET" "sed -i 's/^# maxPods/maxPods/' /etc/kubernetes/kubelet/config.yaml; systemctl restart kubelet"
