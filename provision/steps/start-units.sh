#!/usr/bin/env bash
# start-units UNIT…: start them one by one, or restart those whose files changed, and go on without waiting.
# A unit that runs already holds nobody up, so on a first boot the runtime and the kubelet come up while flanneld still
# waits for etcd; on every later boot the order in the units' files rules.
. "$(dirname "$0")/../lib.sh"

touch "$RESTART"
systemctl daemon-reload
for unit in "$@"; do
  if grep -qxF "$unit" "$RESTART" && systemctl is-active --quiet "$unit"; then
    say "restarting $unit"
    systemctl restart --no-block "$unit"
  else
    systemctl start --no-block "$unit"
  fi
  [[ $unit != containerd.service ]] || wait_for 60 "containerd" systemctl is-active --quiet "$unit"
done
rm -f "$RESTART"
