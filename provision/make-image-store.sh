#!/usr/bin/env bash
# make-image-store CONTAINERD ARCHIVE…: in a container of the box image, import pod images into an empty
# /var/lib/containerd. New boxes link to its layers; it fails where overlayfs takes no layer of it as a lower folder.
set -euo pipefail
export PATH=$1:$PATH
shift
root=/var/lib/containerd
snapshots=$root/io.containerd.snapshotter.v1.overlayfs/snapshots

containerd --log-level error > /tmp/containerd.log 2>&1 &
daemon=$!
trap 'tail -n 5 /tmp/containerd.log >&2' ERR
for _ in {1..100}; do
  [[ ! -S /run/containerd/containerd.sock ]] || break
  sleep 0.1
done
mkdir "$root/.kubelab-imported"
for archive in "$@"; do
  ctr -n k8s.io images import --local "$archive" > /dev/null
  touch "$root/.kubelab-imported/${archive##*/}"
done
kill "$daemon"
wait "$daemon" || true

mkdir /tmp/upper /tmp/work /tmp/merged
mount -t overlay overlay -o "lowerdir=$snapshots/1/fs,upperdir=/tmp/upper,workdir=/tmp/work" /tmp/merged
umount /tmp/merged
chmod 0755 "$root"
sync --file-system "$root"
touch "$root/complete"
