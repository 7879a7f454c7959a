box "$TARGET" <<'END'
set -a; . /etc/etcd/etcdctl.env; set +a
etcdctl member list | awk -F', ' '$4 ~ /:12380$/ { print $1 }' | xargs -r -n 1 etcdctl member remove
END
