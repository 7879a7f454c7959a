#!/usr/bin/env bash
# restart-kubelet: restart a running kubelet whose files changed, after its static pods have changed. A new kubelet ends
# no static pod before it has reached the API server, which can be one of those pods.
. "$(dirname "$0")/../lib.sh"

if grep -qxsF kubelet.service "$RESTART"; then
  say "restarting kubelet.service"
  restart kubelet.service
  rm -f "$RESTART"
fi
