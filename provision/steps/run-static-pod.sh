#!/usr/bin/env bash
# run-static-pod NAME ARCHIVE: import the pod's image, then put its manifest where the kubelet sees it.
# The image comes first: without it, the kubelet would try the pod again only after its back-off.
# A recorded manifest that is missing was removed by hand: it stays away until a repair forgets it.
. "$(dirname "$0")/../lib.sh"

manifest=/etc/kubernetes/manifests/$1.yaml
row=$(grep -F "$(printf '\t%s\t' "$manifest")" "$BOX/files.tsv")
if grep -qxF "$row" "$RECORD"; then
  [[ -e $manifest ]] || say "leaving $manifest away: it was removed by hand"
  exit 0
fi
"$BOX/steps/import-images.sh" "$2"
if [[ -e $manifest ]] && systemctl is-active --quiet kubelet.service; then
  "$BOX/steps/end-static-pod.sh" "$1" "$PPID"
fi
say "writing $manifest"
IFS=$'\t' read -r kind mode owner restarts path target <<< "$row"
place "$kind" "$mode" "$owner" "$restarts" "$path" "$target"
