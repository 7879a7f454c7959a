#!/usr/bin/env bash
# lose-etcd: etcd's data is gone, and etcd is killed; systemd starts it with an empty store.
set -euo pipefail
rm -rf /var/lib/etcd/data
systemctl kill --signal KILL etcd.service
