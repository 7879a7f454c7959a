#!/usr/bin/env bash
# run-static-pod NAME ARCHIVE: import the pod's image, then put its manifest where the kubelet sees it.
# In this order: a pod whose image is missing is tried again only after the kubelet's back-off.
# A manifest that was put there before and is gone was taken away by somebody: it stays away until a repair forgets it.
. "$(dirname "$0")/../lib.sh"

# A pod that is replaced is ended first: the kubelet would look 10 to 15 s later again whether the old one is gone.
# A kubelet that has not reached the API server since its start takes no pod away, and would never run the new one: then
# the pod is stopped here, and the kubelet starts anew when all manifests are there. One try in a run shows it.
deaf=/run/kubelab-deaf-kubelet # the process id of the run that saw it
end_old_pod() {
  local pods uids end=$((SECONDS + 8))
  pods=$(crictl pods --state ready --name "^$1-" -o json)
  mapfile -t uids < <(jq -r '.items[].metadata.uid' <<< "$pods")
  [[ ! -e $deaf || $(< "$deaf") != "$PPID" ]] || end=0
  forget "$manifest"
  rm -f "$manifest"
  until ended "${uids[@]}"; do
    if ((SECONDS >= end)); then
      say "the kubelet hears nothing: stopping the static pod $1"
      echo "$PPID" > "$deaf"
      echo kubelet.service >> "$RESTART"
      jq -r '.items[].id' <<< "$pods" | xargs --no-run-if-empty crictl --timeout 40s stopp > /dev/null
      return
    fi
    sleep 0.1
  done
}
ended() {
  local uid
  for uid in "$@"; do
    [[ -z $(find /sys/fs/cgroup -path '*kubepods*' -name "*pod$uid*" -print -quit) ]] || return 1
  done
}

manifest=/etc/kubernetes/manifests/$1.yaml
row=$(grep -F "$(printf '\t%s\t' "$manifest")" "$BOX/files.tsv")
if grep -qxF "$row" "$RECORD"; then
  [[ -e $manifest ]] || say "leaving $manifest away: it was removed by hand"
  exit 0
fi
"$BOX/steps/import-images.sh" "$2"
if [[ -e $manifest ]] && systemctl is-active --quiet kubelet.service; then
  say "ending the static pod $1"
  end_old_pod "$1"
fi
say "writing $manifest"
IFS=$'\t' read -r kind mode owner restarts path target <<< "$row"
place "$kind" "$mode" "$owner" "$restarts" "$path" "$target"
