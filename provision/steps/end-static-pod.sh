#!/usr/bin/env bash
# end-static-pod NAME RUN: take the manifest of a static pod away, which gets another one, and wait for the pod's end.
# One that is merely replaced is looked at by the kubelet 10 to 15 s later again: has the old one ended?
# A kubelet that has not reached the API server since its start takes no pod away, and would never run the new one: then
# the pod is stopped here, and the kubelet starts anew when all manifests are there. One try in a run shows it.
. "$(dirname "$0")/../lib.sh"

manifest=/etc/kubernetes/manifests/$1.yaml
deaf=/run/kubelab-deaf-kubelet # the run (a process id) that saw it
ended() {
  local uid
  for uid in "$@"; do
    [[ -z $(find /sys/fs/cgroup -path '*kubepods*' -name "*pod$uid*" -print -quit) ]] || return 1
  done
}

say "ending the static pod $1"
pods=$(crictl pods --state ready --name "^$1-" -o json)
mapfile -t uids < <(jq -r '.items[].metadata.uid' <<< "$pods")
end=$((SECONDS + 8))
[[ ! -e $deaf || $(< "$deaf") != "$2" ]] || end=0
forget "$manifest"
rm -f "$manifest"
until ended "${uids[@]}"; do
  if ((SECONDS >= end)); then
    say "the kubelet hears nothing: stopping the static pod $1"
    echo "$2" > "$deaf"
    echo kubelet.service >> "$RESTART"
    jq -r '.items[].id' <<< "$pods" | xargs --no-run-if-empty crictl --timeout 40s stopp > /dev/null
    break
  fi
  sleep 0.1
done
# The kubelet looks every tenth of a second whether it is done with the pod: its own record ends after the cgroup.
sleep 0.5
