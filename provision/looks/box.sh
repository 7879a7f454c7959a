# shellcheck shell=bash
# The box itself: clock, disk, units and their last words.
section clock
date +%s.%N
section disk
df --output=target,avail,pcent,ipcent / /var/lib/etcd /var/lib/kubelet /var/lib/containerd 2> /dev/null
section units
properties=Id,LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState,NeedDaemonReload
read -ra names <<< "$UNITS"
systemctl show --property=$properties kubelab-apply.service "${names[@]}"
for unit in "${names[@]}"; do
  section journal "$unit"
  journalctl --unit "$unit" --lines 10 --output cat --no-pager
done
