# The files of a running etcd are no snapshot.
box "$ETCD" 'install -d "$FOLDER"; cp /var/lib/etcd/data/member/snap/db "$FOLDER/$FILE.db"; chmod 644 "$FOLDER/$FILE.db"'
