#!/usr/bin/env bash
# restart-kubelet: restart a kubelet that runs and whose files changed, after its static pods: one that has just started
# may not take a pod away before it has reached the API server, which can be one of those pods.
. "$(dirname "$0")/../lib.sh"

if grep -qxsF kubelet.service "$RESTART"; then
  say "restarting kubelet.service"
  restart kubelet.service
  rm -f "$RESTART"
fi
