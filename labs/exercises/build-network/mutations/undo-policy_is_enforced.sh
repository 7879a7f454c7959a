box "$TARGET" 'systemctl start calico-node'
