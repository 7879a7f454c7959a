# It works until the next boot.
box "$TARGET" 'systemctl disable calico-node'
