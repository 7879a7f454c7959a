box "$TARGET" <<'END'
set -a; . /etc/etcd/etcdctl.env; set +a
rm -f /var/lib/etcd/yesterday.db
(umask 077; etcdctl snapshot save /var/lib/etcd/yesterday.db)
END
kubectl create namespace "$SPACE"
members=$(box "$TARGET" 'set -a; . /etc/etcd/etcdctl.env; set +a; etcdctl member list -w json')
kubectl -n "$SPACE" create configmap "$WORD" --from-literal=members="$members"
box "$TARGET" <<'END'
set -a; . /etc/etcd/etcdctl.env; set +a
config=/opt/kubelab/box/files/etc/etcd/etcd.conf.yaml
value() { sed -n "s/^$1: //p" "$config"; }
peer=$(value initial-advertise-peer-urls)
export ETCDCTL_ENDPOINTS
ETCDCTL_ENDPOINTS=$(value initial-cluster | tr , '\n' | sed 's/.*=//' | grep -vxF "$peer" | sed 's/2380$/2379/' | paste -sd,)
own=$(etcdctl member list | awk -F', ' -v peer="$peer" '$4 == peer { print $1 }')
patient() { # COMMAND…: a cluster that has just changed refuses the next change for a moment
  local try
  for try in {1..30}; do if "$@"; then return 0; fi; sleep 1; done
  return 1
}
case $STORY in
  disk)
    systemctl stop etcd
    for file in /var/lib/etcd/data/member/wal/*.wal; do dd if=/dev/urandom of="$file" bs=4096 count=8 conv=notrunc 2> /dev/null; done
    systemctl start --no-block etcd
    ;;
  list) patient etcdctl member remove "$own" ;;
  hand)
    patient etcdctl member remove "$own"
    patient etcdctl member add "$(value name)" --peer-urls="${peer%:*}:2830"
    ;;
esac
END
gone() { ! box "$TARGET" 'set -a; . /etc/etcd/etcdctl.env; set +a; etcdctl --command-timeout=2s endpoint health'; }
until_true 30 gone
