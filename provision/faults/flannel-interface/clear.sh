#!/usr/bin/env bash
# flannel uses the machine's address on the lab's network again. Its lease under the wrong address is deleted: the other
# machines would use it for a day.
kv() {
  local pki=/etc/flannel/pki
  curl --silent --fail --max-time 5 --cacert $pki/ca.crt --cert $pki/client.crt --key $pki/client.key \
    "${FLANNELD_ETCD_ENDPOINTS%%,*}/v3/kv/$1" --data "$2"
}
leases() {
  local from to
  from=$(printf %s "$FLANNELD_ETCD_PREFIX/subnets/" | base64 -w 0) # all keys with the prefix: 0 follows / in ASCII
  to=$(printf %s "$FLANNELD_ETCD_PREFIX/subnets0" | base64 -w 0)
  kv range "{\"key\": \"$from\", \"range_end\": \"$to\"}" |
    jq -r '.kvs[]? | select(.value | @base64d | fromjson.PublicIP == "127.0.0.1").key'
}

systemctl stop flanneld
put /etc/flannel/options.env
# shellcheck source=/dev/null
. /etc/flannel/options.env
# If etcd is broken too, it is repaired later: the lease then expires.
leases | while read -r key; do kv deleterange "{\"key\": \"$key\"}" > /dev/null; done || true
systemctl reset-failed flanneld 2> /dev/null || true
systemctl start --no-block flanneld
owns() { grep -q "^FLANNEL_SUBNET" /run/flannel/subnet.env && [[ $(systemctl is-active flanneld) == active ]]; }
(wait_for 30 flanneld owns) || exit 0 # it comes with etcd
# Pods that started under the wrong lease have an unreachable address: the kubelet starts them again.
# shellcheck source=/dev/null
. /run/flannel/subnet.env
for id in $(crictl pods --quiet --state ready); do
  address=$(crictl inspectp -o json "$id" | jq -r '.status.network.ip // ""')
  [[ $address != "${FLANNEL_NETWORK%.*.*}".* || $address == "${FLANNEL_SUBNET%.*}".* ]] || crictl stopp "$id" > /dev/null
done
