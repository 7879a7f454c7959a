# The database of the running etcd, copied while it is written, and restored all the same. A torn copy
# cannot be restored, and is a wrong repair as well.
box "$ETCD" <<'BOX'
install -d -m 0700 "$FOLDER"
install -m 600 /var/lib/etcd/data/member/snap/db "$FOLDER/$FILE.db"
etcdutl snapshot restore "$FOLDER/$FILE.db" --skip-hash-check --data-dir "$FOLDER/rehearsal" || true
BOX
