# It serves until the next boot.
box "$TARGET" 'systemctl disable etcd'
