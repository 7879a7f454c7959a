#!/usr/bin/env bash
# run-static-pod NAME ARCHIVE: import the pod's image, then put its manifest where the kubelet sees it.
# In this order: a pod whose image is missing is tried again only after the kubelet's back-off.
. "$(dirname "$0")/../lib.sh"

manifest=/etc/kubernetes/manifests/$1.yaml
"$BOX/steps/import-images.sh" "$2"
row=$(grep -F "$(printf '\t%s\t' "$manifest")" "$BOX/files.tsv")
grep -qxF "$row" "$RECORD" && [[ -e $manifest ]] && exit 0
say "writing $manifest"
IFS=$'\t' read -r kind mode owner restarts path target <<< "$row"
place "$kind" "$mode" "$owner" "$restarts" "$path" "$target"
