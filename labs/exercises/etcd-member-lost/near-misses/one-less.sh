# The dead member is off the list, and everything is healthy; the next loss stops the cluster.
box "$TARGET" <<'END'
set -a; . /etc/etcd/etcdctl.env; set +a
value() { sed -n "s/^$1: //p" /etc/etcd/etcd.conf.yaml; }
peer=$(value initial-advertise-peer-urls)
others=$(value initial-cluster | tr , '\n' | sed 's/.*=//' | grep -vxF "$peer")
export ETCDCTL_ENDPOINTS
ETCDCTL_ENDPOINTS=$(sed 's/2380$/2379/' <<< "$others" | paste -sd,)
systemctl disable --now etcd
etcdctl member list | awk -F', ' '{ print $1, $4 }' | while read -r id url; do
  grep -qxF "$url" <<< "$others" || until etcdctl member remove "$id"; do sleep 1; done
done
END
