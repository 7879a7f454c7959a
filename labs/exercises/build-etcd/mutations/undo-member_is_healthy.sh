box "$TARGET" "sed -i 's/^# quota/quota/' /etc/etcd/etcd.conf.yaml; systemctl restart etcd"
