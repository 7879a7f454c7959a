box "$TARGET" 'systemctl start etcd'
