# shellcheck shell=bash
# The box itself: clock, disk, units, and the last journal lines of the kubelet, of etcd and of units that do not run.
section clock
date +%s.%N
section disk
df --output=target,avail,pcent,ipcent / /var/lib/etcd /var/lib/kubelet /var/lib/containerd 2> /dev/null
section units
properties=Id,LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState,NeedDaemonReload,ActiveEnterTimestamp
read -ra names <<< "$UNITS"
shown=$(systemctl show --timestamp=unix --property=$properties kubelab-apply.service "${names[@]}")
printf '%s\n' "$shown"
ill=$(awk 'BEGIN {RS = ""; FS = "\n"} !/ActiveState=active/ {sub(".*Id=", ""); print $1}' <<< "$shown")
for unit in kubelet.service etcd.service $ill; do
  [[ " $UNITS " == *" $unit "* ]] || continue
  section journal "$unit"
  journalctl --unit "$unit" --lines 10 --output cat --no-pager
done
