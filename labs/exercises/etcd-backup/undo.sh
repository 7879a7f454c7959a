box "$ETCD" 'rm -rf /var/lib/etcd/backup /var/lib/etcd/safe /var/lib/etcd/snapshots'
