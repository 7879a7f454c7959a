#!/usr/bin/env bash
# small-quota MIB: etcd may hold so much more than it does.
set -euo pipefail
config=/etc/etcd/etcd.conf.yaml
cp -a "$config" /run/survive-etcd.conf.yaml
size=$(stat -c %s /var/lib/etcd/data/member/snap/db)
echo "quota-backend-bytes: $((size + $1 * 1048576))" >> "$config"
systemctl restart etcd.service
