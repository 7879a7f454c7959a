# With certificates named by hand, restored for a member with its name and a revision that goes on.
box "$ETCD" <<'BOX'
umask 077
mkdir -p "$FOLDER"
etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/etcd/pki/ca.crt --cert=/etc/etcd/pki/client.crt --key=/etc/etcd/pki/client.key \
  snapshot save "$FOLDER/$FILE.db"
etcdutl snapshot restore "$FOLDER/$FILE.db" --data-dir "$FOLDER/rehearsal" --name rehearsal \
  --initial-cluster rehearsal=http://127.0.0.1:12380 --initial-advertise-peer-urls http://127.0.0.1:12380 \
  --bump-revision 1000000 --mark-compacted
BOX
