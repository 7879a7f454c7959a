#!/usr/bin/env bash
# give-etcd: write a snapshot of etcd's data to standard output.
set -euo pipefail
umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
set -a
# shellcheck source=/dev/null
. /etc/etcd/etcdctl.env
set +a
# A read by quorum: one of several members may be behind the others until then.
/opt/bin/etcdctl get kubelab > /dev/null
/opt/bin/etcdctl snapshot save "$folder/etcd.db" > /dev/null 2> "$folder/said" || { cat "$folder/said" >&2; exit 1; }
cat "$folder/etcd.db"
