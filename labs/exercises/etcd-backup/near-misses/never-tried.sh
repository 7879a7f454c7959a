box "$ETCD" <<'END'
set -a; . /etc/etcd/etcdctl.env; set +a
install -d -m 0700 "$FOLDER"
etcdctl snapshot save "$FOLDER/$FILE.db"
END
