#!/usr/bin/env bash
# release-leases of|except ADDRESS…: on an etcd machine, delete flannel's leases of the nodes with these addresses, or
# of all others, and print the addresses. The nodes drop their routes to them at once, instead of a day later.
set -euo pipefail
export PATH=/opt/bin:$PATH
set -a
# shellcheck source=/dev/null
. /etc/etcd/etcdctl.env
set +a
which=$1
shift

etcdctl() { command etcdctl --command-timeout=5s "$@"; }
for key in $(etcdctl get --prefix --keys-only /coreos.com/network/subnets/); do
  address=$(etcdctl get --print-value-only "$key" | tr -d '\n' | sed -nE 's/.*"PublicIP": *"([^"]+)".*/\1/p')
  [[ -n $address ]] || continue
  if [[ " $* " == *" $address "* ]]; then named=of; else named=except; fi
  [[ $named == "$which" ]] || continue
  etcdctl del "$key" > /dev/null
  echo "$address"
done
