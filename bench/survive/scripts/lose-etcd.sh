#!/usr/bin/env bash
# lose-etcd: delete etcd's data and kill etcd; systemd starts it with an empty store.
set -euo pipefail
rm -rf /var/lib/etcd/data
systemctl kill --signal KILL etcd.service
