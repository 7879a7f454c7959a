#!/usr/bin/env bash
# take-volumes TAR whole|known: make the volumes equal to the tar. The kubelet is stopped meanwhile.
# A volume that the tar lacks was made later: `known` keeps it, `whole` deletes it, because restored etcd lacks it.
set -euo pipefail
tar=$1 which=$2
volumes=/var/lib/kubelab/volumes
trap 'rm -f "$tar"' EXIT

known=$(tar -t -z -f "$tar" | awk -F/ '$2 != "" {print $2}' | sort -u)
for folder in "$volumes"/*/; do
  [[ -d $folder ]] || continue
  if grep -qxF "$(basename "$folder")" <<< "$known"; then
    find "$folder" -mindepth 1 -delete  # the folder stays: it may be mounted into a pod
  elif [[ $which == whole ]]; then
    rm -rf "$folder"
  fi
done
tar -x -z -p --numeric-owner -C "$volumes" -f "$tar"
