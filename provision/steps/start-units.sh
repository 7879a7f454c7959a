#!/usr/bin/env bash
# start-units UNIT…: start units that have not run since the box started; restart running units whose files changed.
# Starting does not wait: on a first boot containerd and the kubelet come up while flanneld still waits for etcd. On a
# later boot systemd follows the order in the units' files. A unit that was disabled, or stopped while the box ran,
# stays as it is, except in a repair. The kubelet restarts last, see restart-kubelet.
. "$(dirname "$0")/../lib.sh"

touch "$RESTART"
systemctl daemon-reload
[[ ! -e $REPAIR ]] || systemctl reset-failed

due() { grep -qxF "$1" "$RESTART"; }
enabled() { [[ -L /etc/systemd/system/multi-user.target.wants/$1 ]]; }
ran() { [[ $(systemctl show -P ActiveEnterTimestampMonotonic "$1") != 0 ]]; }
stopped() { [[ $(systemctl show -P ActiveState "$1")$(systemctl show -P Job "$1") == inactive ]]; } # no start queued
active() { systemctl is-active --quiet "$1"; }
lasting() { [[ $(systemctl show -P Type "$1") != oneshot ]] && active "$1"; } # a running service; no oneshot

# A unit that is still starting (flanneld, if it does not trust etcd) is restarted first and without waiting: units that
# are ordered after it would wait for its old start, which cannot succeed.
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
