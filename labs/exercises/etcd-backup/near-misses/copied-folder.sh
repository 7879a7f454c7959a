# A snapshot, and beside it a copy of the folder that is in use: nothing was restored.
box "$ETCD" <<'BOX'
set -a; . /etc/etcd/etcdctl.env; set +a
install -d -m 0700 "$FOLDER"
etcdctl snapshot save "$FOLDER/$FILE.db"
chmod 600 "$FOLDER/$FILE.db"
sleep 12
cp -a /var/lib/etcd/data "$FOLDER/rehearsal"
BOX
