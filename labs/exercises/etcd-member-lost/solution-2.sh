# A voting member at once, known by the machine's name, with a configuration that says that the cluster exists.
box "$TARGET" <<'BOX'
set -a; . /etc/etcd/etcdctl.env; set +a
value() { sed -n "s/^$1: //p" /etc/etcd/etcd.conf.yaml; }
peer=$(value initial-advertise-peer-urls)
systemctl stop etcd
ETCDCTL_ENDPOINTS=$(value initial-cluster | tr , '\n' | sed 's/.*=//' | grep -vxF "$peer" | head -1 | sed 's/2380$/2379/')
etcdctl member list | awk -F', ' -v known=",$(value initial-cluster)," -v peer="$peer" \
  '$4 == peer || !index(known, "=" $4 ",") { print $1 }' | xargs -r -n 1 etcdctl member remove
mv /var/lib/etcd/data "/var/lib/etcd/data-$(date +%s)"
until etcdctl member add again --peer-urls="$peer"; do sleep 1; done
sed -e 's/^initial-cluster-state: .*/initial-cluster-state: existing/' -e 's/^name: .*/name: again/' \
  -e "s|[^,: ]*=$peer|again=$peer|" /etc/etcd/etcd.conf.yaml > /etc/etcd/new.yaml
mv /etc/etcd/new.yaml /etc/etcd/etcd.conf.yaml
systemctl start etcd
rm -rf /var/lib/etcd/data-*
BOX
