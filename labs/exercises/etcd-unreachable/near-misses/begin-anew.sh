# An empty etcd is quick to have; the cluster is gone with the old one.
box "$ETCD" <<'END'
sed "s#data-dir:.*#data-dir: /var/lib/etcd/new#" /etc/etcd/etcd.conf.yaml > /etc/etcd/new.yaml
mv /etc/etcd/new.yaml /etc/etcd/etcd.conf.yaml
systemctl restart etcd || true
END
