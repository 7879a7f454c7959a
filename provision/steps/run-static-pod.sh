#!/usr/bin/env bash
# run-static-pod NAME ARCHIVE: import the pod's image, then put its manifest where the kubelet sees it.
# In this order: a pod whose image is missing is tried again only after the kubelet's back-off.
# A manifest that was put there before and is gone was taken away by somebody: it stays away until a repair forgets it.
. "$(dirname "$0")/../lib.sh"

# The kubelet looks 10 to 15 s later again whether a pod that is replaced has ended; one that is gone, it sees at once.
# But one that is gone before a kubelet that has just started knows all about it may hold that one up for two minutes.
settled() {
  local since
  systemctl is-active --quiet kubelet.service || return 1
  since=$(systemctl show -P ActiveEnterTimestamp kubelet.service)
  (($(date +%s) - $(date -d "$since" +%s) > 30))
}
ended() { [[ -z $(find /sys/fs/cgroup -path '*kubepods*' -name "*pod$1*" -print -quit) ]]; }
end_old_pod() {
  local uids end=$((SECONDS + 8))
  uids=$(crictl pods --state ready --name "^$1-" -o json | jq -r '.items[].metadata.uid')
  forget "$manifest"
  rm -f "$manifest"
  for uid in $uids; do
    until ended "$uid"; do
      ((SECONDS < end)) || return 1
      sleep 0.1
    done
  done
}

manifest=/etc/kubernetes/manifests/$1.yaml
row=$(grep -F "$(printf '\t%s\t' "$manifest")" "$BOX/files.tsv")
if grep -qxF "$row" "$RECORD"; then
  [[ -e $manifest ]] || say "leaving $manifest away: it was removed by hand"
  exit 0
fi
"$BOX/steps/import-images.sh" "$2"
if [[ -e $manifest ]] && settled; then
  say "ending the static pod $1"
  end_old_pod "$1" || true # then it is replaced like any other pod
fi
say "writing $manifest"
IFS=$'\t' read -r kind mode owner restarts path target <<< "$row"
place "$kind" "$mode" "$owner" "$restarts" "$path" "$target"
