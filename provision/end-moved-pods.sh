#!/usr/bin/env bash
# end-moved-pods: on a node, end the pods whose address is in another node's part of the pod network: flannel had another
# lease when they started, and nobody reaches them. The kubelet starts them anew. Print their names.
set -euo pipefail
export PATH=/opt/bin:$PATH
[[ -s /run/flannel/subnet.env ]] || exit 0
# shellcheck source=/dev/null
. /run/flannel/subnet.env

for id in $(crictl pods --quiet --state ready); do
  pod=$(crictl inspectp -o json "$id") || continue
  address=$(jq -r '.status.network.ip // ""' <<< "$pod")
  [[ $address == "${FLANNEL_NETWORK%.*.*}".* && $address != "${FLANNEL_SUBNET%.*}".* ]] || continue
  crictl stopp "$id" > /dev/null
  jq -r '.status.metadata | "\(.namespace)/\(.name)"' <<< "$pod"
done
