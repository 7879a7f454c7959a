# It answers until the next boot.
box "$ETCD" 'systemctl disable etcd'
