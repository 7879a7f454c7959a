#!/usr/bin/env bash
# At boot, prepare the box for kubeadm: put files in place, start containerd, import pod images.
# kubeadm runs afterwards: over ssh, or from here if this box has a file start-at-boot.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
state=/var/lib/kubelab
mkdir -p "$state" /opt/bin /opt/cni/bin

# mark BEGIN NAME: keep the time of a step, as the lab's own boxes do.
mark() { printf '%s\t%s\t%s\n' "$1" "$EPOCHREALTIME" "$2" >> "$state/timeline.tsv"; }

prepare() {
  local begin=$EPOCHREALTIME source target end archive
  end=$((SECONDS + 60))
  until ip -o -4 address show | grep -qF " $(< "$here/address")/"; do
    ((SECONDS < end)) || { echo "no address in 60 s" >&2; exit 1; }
    sleep 0.1
  done
  mark "$begin" wait-for-address

  begin=$EPOCHREALTIME
  while IFS=$'\t' read -r source target; do ln -sfn "$source" "$target"; done < "$here/links.tsv"
  cp -r "$here/root/." /
  systemctl daemon-reload
  systemctl enable --quiet containerd.service kubelet.service
  "$here/steps/use-image-store.sh" "$(< "$here/store")"
  systemctl start containerd.service
  mark "$begin" containerd

  while read -r archive; do
    begin=$EPOCHREALTIME
    [[ ! -e /var/lib/containerd/.kubelab-imported/$(basename "$archive") ]] || continue
    ctr -n k8s.io images import --local "$archive" > /dev/null
    mark "$begin" "import $(basename "$archive")"
  done < "$here/images.txt"
}

[[ -e $state/prepared ]] || { prepare; touch "$state/prepared"; }
[[ ! -e $here/start-at-boot ]] || "$here/kubeadm.sh"
