box "$ETCD" 'rm -rf /var/lib/etcd/backup /var/lib/etcd/safe /var/lib/etcd/snapshots'
kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create configmap "$WORD" --from-literal=made=now
