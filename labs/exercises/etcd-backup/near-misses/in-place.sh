# The rehearsal becomes the performance.
box "$ETCD" <<'END'
sed "s#data-dir:.*#data-dir: $FOLDER/rehearsal#" /etc/etcd/etcd.conf.yaml > /etc/etcd/new.yaml
mv /etc/etcd/new.yaml /etc/etcd/etcd.conf.yaml
END
