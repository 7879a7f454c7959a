box "$TARGET" 'systemctl enable etcd'
