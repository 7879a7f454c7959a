# It is as large as etcd makes itself.
box "$TARGET" "sed -i 's/^quota-backend-bytes/# &/' /etc/etcd/etcd.conf.yaml; systemctl restart etcd"
