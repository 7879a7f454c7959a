# As many pods as a kubelet takes by itself.
box "$TARGET" "sed -i 's/^maxPods/# &/' /etc/kubernetes/kubelet/config.yaml; systemctl restart kubelet"
