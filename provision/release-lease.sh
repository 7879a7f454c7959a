#!/usr/bin/env bash
# release-lease ADDRESS: on an etcd machine, delete flannel's lease of the node with this address. The other nodes drop
# their routes to it at once, instead of a day later.
set -euo pipefail
export PATH=/opt/bin:$PATH
set -a
# shellcheck source=/dev/null
. /etc/etcd/etcdctl.env
set +a

etcdctl --command-timeout=5s get --prefix /coreos.com/network/subnets/ | paste - - |
  awk -F'\t' -v wanted="\"PublicIP\":\"$1\"" 'index($2, wanted) {print $1}' |
  xargs -r -n 1 etcdctl --command-timeout=5s del > /dev/null
