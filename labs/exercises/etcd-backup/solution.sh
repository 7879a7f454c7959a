box "$ETCD" <<'END'
set -a; . /etc/etcd/etcdctl.env; set +a
install -d -m 0700 "$FOLDER"
etcdctl snapshot save "$FOLDER/$FILE.db"
chmod 600 "$FOLDER/$FILE.db"
etcdutl snapshot restore "$FOLDER/$FILE.db" --data-dir "$FOLDER/rehearsal"
END
