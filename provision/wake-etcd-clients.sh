#!/usr/bin/env bash
# wake-etcd-clients [look]: on a node, start anew each program of the pod network that is not connected to an etcd that
# answers. Their client library doubles its pause between two attempts, up to two minutes: after a long outage of etcd
# they carry nothing out for as long. Print their names; with `look` do only that.
set -euo pipefail
PATH=/opt/bin:$PATH
NEW=20 # seconds in which a program that has just started connects
PROGRAMS=(calico-node flanneld kube-controllers)

process() {
  case $1 in
    kube-controllers) pgrep --full '^/usr/bin/kube-controllers' ;;
    *) systemctl show --property MainPID --property ControlPID --value "$1.service" | grep --max-count 1 '^[1-9]' ;;
  esac
}

unconnected() {
  local name id age
  for name in "${PROGRAMS[@]}"; do
    id=$(process "$name") || continue
    age=$(ps --format etimes= --pid "$id") || continue
    # One is enough: a second one is closed after half an hour without a question.
    ((age < NEW)) || [[ $(ss -Htnp state established dport = :2379) == *"pid=$id,"* ]] || echo "$name"
  done
}

etcd_answers() {
  local address
  # shellcheck source=/dev/null
  . /etc/calico/calico-node.env
  for address in ${ETCD_ENDPOINTS//,/ }; do
    address=${address#https://}
    timeout 2 bash -c ": > /dev/tcp/${address%:*}/${address##*:}" 2> /dev/null && return
  done
  return 1
}

etcd_answers || exit 0
found=$(unconnected)
[[ -z $found ]] || { sleep 1 && found=$(unconnected); } # one that lost its connection just now is back at once
[[ -n $found ]] || exit 0
echo "$found"
[[ ${1:-} != look ]] || exit 0
for name in $found; do
  case $name in
    kube-controllers) kill "$(process "$name")" || true ;; # the kubelet runs the static pod's container again
    *) systemctl restart --no-block "$name.service" ;;
  esac
done
