# Yesterday's snapshot for all: three members of one cluster, and what was written today is gone.
names=$(box "$TARGET" "sed -n 's/^initial-cluster: //p' /opt/kubelab/box/files/etc/etcd/etcd.conf.yaml" | tr , '\n' | sed 's/=.*//')
data=$(box "$TARGET" 'base64 -w0 /var/lib/etcd/yesterday.db')
for name in $names; do box "$name" 'systemctl stop etcd'; done
for name in $names; do
  box "$name" "base64 -d > /var/lib/etcd/old.db <<< '$data'"'
value() { sed -n "s/^$1: //p" /etc/etcd/etcd.conf.yaml; }
rm -rf /var/lib/etcd/restored /var/lib/etcd/data/member
etcdutl snapshot restore /var/lib/etcd/old.db --data-dir /var/lib/etcd/restored --name "$(value name)" \
  --initial-cluster "$(value initial-cluster)" --initial-cluster-token "$(value initial-cluster-token)" \
  --initial-advertise-peer-urls "$(value initial-advertise-peer-urls)" --bump-revision 1000000 --mark-compacted
mv /var/lib/etcd/restored/member /var/lib/etcd/data/member
rm -rf /var/lib/etcd/restored /var/lib/etcd/old.db
systemctl start --no-block etcd'
done
until_true 60 kubectl get --raw /readyz
