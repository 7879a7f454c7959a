#!/usr/bin/env bash
# run-static-pod NAME ARCHIVE: import the pod's image, then put its manifest where the kubelet sees it.
# In this order: a pod whose image is missing is tried again only after the kubelet's back-off.
# A manifest that was put there before and is gone was taken away by somebody: it stays away until a repair forgets it.
. "$(dirname "$0")/../lib.sh"

# The kubelet looks 10 to 15 s later again whether a pod that is replaced has ended; one that is gone, it sees at once.
end_old_pod() {
  local uids
  uids=$(crictl pods --state ready --name "^$1-" -o json | jq -r '.items[].metadata.uid')
  forget "$manifest"
  rm -f "$manifest"
  for uid in $uids; do wait_for 40 "the end of the static pod $1" ended "$uid"; done
}
ended() { [[ -z $(find /sys/fs/cgroup -path '*kubepods*' -name "*pod$1*" -print -quit) ]]; }

manifest=/etc/kubernetes/manifests/$1.yaml
row=$(grep -F "$(printf '\t%s\t' "$manifest")" "$BOX/files.tsv")
if grep -qxF "$row" "$RECORD"; then
  [[ -e $manifest ]] || say "leaving $manifest away: it was removed by hand"
  exit 0
fi
"$BOX/steps/import-images.sh" "$2"
if [[ -e $manifest ]] && systemctl is-active --quiet kubelet.service; then
  say "ending the static pod $1"
  (end_old_pod "$1") || say "the kubelet did not end it; its new manifest is put there all the same"
fi
say "writing $manifest"
IFS=$'\t' read -r kind mode owner restarts path target <<< "$row"
place "$kind" "$mode" "$owner" "$restarts" "$path" "$target"
