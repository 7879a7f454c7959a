#!/usr/bin/env bash
# start-units UNIT…: start what has not run since the box started, restart what runs and whose files changed.
# Starting waits for nobody: on a first boot the runtime and the kubelet come up while flanneld still waits for etcd; on
# every later boot the order in the units' files rules. A unit that somebody disabled, or stopped while the box ran,
# stays as it is, unless this is a repair.
. "$(dirname "$0")/../lib.sh"

touch "$RESTART"
systemctl daemon-reload
[[ ! -e $REPAIR ]] || systemctl reset-failed

enabled() { [[ -L /etc/systemd/system/multi-user.target.wants/$1 ]]; }
ran() { [[ $(systemctl show -P ActiveEnterTimestampMonotonic "$1") != 0 ]]; }
stopped() { [[ $(systemctl show -P ActiveState "$1") == inactive ]]; }
active() { systemctl is-active --quiet "$1"; }
restart_unit() { # what ran is back within a moment; what still waits for others is not waited for
  local wait=()
  [[ $(systemctl show -P Type "$1") != oneshot ]] && active "$1" || wait=(--no-block)
  timeout 90 systemctl restart "${wait[@]}" "$1"
}

for unit in "$@"; do
  if grep -qxF "$unit" "$RESTART" && ! stopped "$unit"; then
    say "restarting $unit"
    restart_unit "$unit"
  elif [[ -e $REPAIR ]] || { enabled "$unit" && ! ran "$unit"; }; then
    systemctl start --no-block "$unit"
  elif stopped "$unit"; then
    say "leaving $unit stopped: that was done by hand"
    continue
  fi
  [[ $unit != containerd.service ]] || ! enabled "$unit" || wait_for 60 "containerd" active "$unit"
done
rm -f "$RESTART" "$REPAIR"
