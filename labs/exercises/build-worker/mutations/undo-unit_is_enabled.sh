box "$TARGET" 'systemctl enable kubelet'
