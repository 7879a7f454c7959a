#!/usr/bin/env bash
# start-units UNIT…: start what has not run since the box started, restart what runs and whose files changed.
# Starting waits for nobody: on a first boot the runtime and the kubelet come up while flanneld still waits for etcd; on
# every later boot the order in the units' files rules. A unit that somebody disabled, or stopped while the box ran,
# stays as it is, unless this is a repair. The kubelet comes last, see restart-kubelet.
. "$(dirname "$0")/../lib.sh"

touch "$RESTART"
systemctl daemon-reload
[[ ! -e $REPAIR ]] || systemctl reset-failed

due() { grep -qxF "$1" "$RESTART"; }
enabled() { [[ -L /etc/systemd/system/multi-user.target.wants/$1 ]]; }
ran() { [[ $(systemctl show -P ActiveEnterTimestampMonotonic "$1") != 0 ]]; }
stopped() { [[ $(systemctl show -P ActiveState "$1")$(systemctl show -P Job "$1") == inactive ]]; } # and not about to start
active() { systemctl is-active --quiet "$1"; }
lasting() { [[ $(systemctl show -P Type "$1") != oneshot ]] && active "$1"; } # what is back within a moment

# What still waits for others (flanneld, for an etcd that it does not trust) is restarted first and not waited for: units
# that are ordered after it would wait for its old, hopeless start.
lasting=() later=""
for unit in "$@"; do
  if due "$unit" && [[ $unit == kubelet.service ]] && active "$unit"; then
    later=$unit # by restart-kubelet
  elif due "$unit" && ! stopped "$unit"; then
    say "restarting $unit"
    if lasting "$unit"; then lasting+=("$unit"); else systemctl restart --no-block "$unit"; fi
  elif [[ -e $REPAIR ]] || { enabled "$unit" && ! ran "$unit"; }; then
    systemctl start --no-block "$unit"
  elif stopped "$unit"; then
    say "leaving $unit stopped: that was done by hand"
  fi
done
for unit in "${lasting[@]}"; do restart "$unit"; done
for unit in "$@"; do
  [[ $unit != containerd.service ]] || stopped "$unit" || ! enabled "$unit" || wait_for 60 "containerd" active "$unit"
done
if [[ -n $later ]]; then echo "$later" > "$RESTART"; else rm -f "$RESTART"; fi
rm -f "$REPAIR"
