# shellcheck shell=bash
# etcd, asked over loopback: it answers there even if no other machine can reach it.
section etcd
if systemctl is-active --quiet etcd.service; then
  set -a
  # shellcheck source=/dev/null
  . /etc/etcd/etcdctl.env
  export ETCDCTL_ENDPOINTS=127.0.0.1:2379
  set +a
  timeout -k 1 "$LIMIT" etcdctl endpoint status 2>&1 | cut -c -400
  section alarms
  timeout -k 1 "$LIMIT" etcdctl alarm list 2>&1 | cut -c -400
fi
