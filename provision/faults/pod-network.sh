# shellcheck shell=bash
# For back.sh, after flannel's address was put back: a lease under a wrong address would stay for a day.
# MACHINES: the addresses of the lab's machines.
kv() {
  local pki=/etc/flannel/pki
  curl --silent --fail --max-time 5 --cacert $pki/ca.crt --cert $pki/client.crt --key $pki/client.key \
    "${FLANNELD_ETCD_ENDPOINTS%%,*}/v3/kv/$1" --data "$2"
}
foreign_leases() {
  local from to
  from=$(printf %s "$FLANNELD_ETCD_PREFIX/subnets/" | base64 -w 0) # all keys with the prefix: 0 follows / in ASCII
  to=$(printf %s "$FLANNELD_ETCD_PREFIX/subnets0" | base64 -w 0)
  kv range "{\"key\": \"$from\", \"range_end\": \"$to\"}" | jq -r --arg known "$MACHINES" \
    '.kvs[]? | select(.value | @base64d | fromjson.PublicIP | IN($known | split(" ") | .[]) | not).key'
}
owns() { grep -q "^FLANNEL_SUBNET" /run/flannel/subnet.env && [[ $(systemctl is-active flanneld) == active ]]; }
# Delete leases of unknown machines, and stop pods with an address of another machine's subnet.
pod_network() {
  local id address
  # shellcheck source=/dev/null
  . /etc/flannel/options.env
  foreign_leases | while read -r id; do kv deleterange "{\"key\": \"$id\"}" > /dev/null; done || true
  systemctl start --no-block flanneld
  (wait_for 30 flanneld owns) || return 0 # it comes with etcd
  # shellcheck source=/dev/null
  . /run/flannel/subnet.env
  for id in $(crictl pods --quiet --state ready); do
    address=$(crictl inspectp -o json "$id" | jq -r '.status.network.ip // ""')
    [[ $address != "${FLANNEL_NETWORK%.*.*}".* || $address == "${FLANNEL_SUBNET%.*}".* ]] || crictl stopp "$id" > /dev/null
  done
}
