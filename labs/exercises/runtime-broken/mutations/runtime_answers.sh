# also red: node_works
box "$TARGET" 'systemctl disable containerd'
