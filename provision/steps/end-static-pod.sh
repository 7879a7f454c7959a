#!/usr/bin/env bash
# end-static-pod NAME RUN: remove a static pod's manifest before its new one comes, and wait until the pod has ended.
# If a manifest is merely replaced, the kubelet takes 10 to 15 s longer to notice that the old pod has ended.
# A kubelet that has not reached the API server since its start ends no static pod and never runs the new manifest. Then
# this step stops the pod, and the kubelet restarts after the last manifest. A run waits for the kubelet only once.
. "$(dirname "$0")/../lib.sh"

manifest=/etc/kubernetes/manifests/$1.yaml
deaf=/run/kubelab-deaf-kubelet # the process id of the run that saw it
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
# The kubelet checks every 0.1 s whether the pod has ended; its own record of the pod ends after the cgroup.
sleep 0.5
