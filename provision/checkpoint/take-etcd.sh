#!/usr/bin/env bash
# take-etcd SNAPSHOT BUMP: replace etcd's data with the snapshot, and raise its revision by BUMP beyond any used before.
# Each client that watched must then list anew, instead of waiting for revisions that never come.
set -euo pipefail
snapshot=$1 bump=$2
home=/var/lib/etcd
config=/etc/etcd/etcd.conf.yaml
value() { sed -n "s/^$1: //p" "$config"; }
trap 'rm -f "$snapshot"' EXIT

systemctl stop flannel-config.service etcd.service
systemctl reset-failed etcd.service flannel-config.service 2> /dev/null || true
rm -rf "$home/restored"
/opt/bin/etcdutl snapshot restore "$snapshot" --data-dir "$home/restored" \
  --name "$(value name)" --initial-cluster "$(value initial-cluster)" \
  --initial-cluster-token "$(value initial-cluster-token)" \
  --initial-advertise-peer-urls "$(value initial-advertise-peer-urls)" \
  --bump-revision "$bump" --mark-compacted > /dev/null
rm -rf "$home/data"
mv "$home/restored" "$home/data"
systemctl start etcd.service flannel-config.service
