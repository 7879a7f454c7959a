box "$TARGET" <<'END'
set -a; . /etc/etcd/etcdctl.env; set +a
value() { sed -n "s/^$1: //p" /etc/etcd/etcd.conf.yaml; }
peer=$(value initial-advertise-peer-urls)
cluster=$(value initial-cluster | tr , '\n' | sed 's/.*=//')
export ETCDCTL_ENDPOINTS
ETCDCTL_ENDPOINTS=$(grep -vxF "$peer" <<< "$cluster" | sed 's/2380$/2379/' | paste -sd,)
patient() { # COMMAND…: a cluster that has just changed refuses the next change for a moment
  local try
  for try in {1..30}; do if "$@"; then return 0; fi; sleep 1; done
  return 1
}
systemctl stop etcd
# Off the list: whoever is not at the address of one of the others.
etcdctl member list | awk -F', ' '{ print $1, $4 }' | while read -r id url; do
  grep -vxF "$peer" <<< "$cluster" | grep -qxF "$url" || patient etcdctl member remove "$id"
done
rm -rf /var/lib/etcd/data/member
added=$(patient etcdctl member add "$(value name)" --peer-urls="$peer" --learner)
systemctl start etcd
id=$(sed -n 's/^Member *\([0-9a-f]*\) added.*/\1/p' <<< "$added")
patient etcdctl member promote "$id"
END
