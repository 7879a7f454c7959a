#!/usr/bin/env bash
# small-quota MIB: set etcd's quota to its present size and MIB more.
set -euo pipefail
config=/etc/etcd/etcd.conf.yaml
cp -a "$config" /run/survive-etcd.conf.yaml
size=$(stat -c %s /var/lib/etcd/data/member/snap/db)
echo "quota-backend-bytes: $((size + $1 * 1048576))" >> "$config"
systemctl restart etcd.service
