#!/usr/bin/env bash
# restart-pods: restart the static pods whose files a repair put back. Their manifests are unchanged, so the kubelet
# restarts none of them.
. "$(dirname "$0")/../lib.sh"

[[ -s $RESTART_PODS ]] || exit 0
while read -r name; do
  say "restarting static pod $name"
  crictl ps --quiet --name "^$name\$" | xargs --no-run-if-empty crictl stop --timeout 10 > /dev/null
done < "$RESTART_PODS"
rm -f "$RESTART_PODS"
