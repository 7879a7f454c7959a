#!/usr/bin/env bash
# use-image-store STORE [FOLDER]: give a containerd that has never run the pod images of a store that was prepared on
# this computer: metadata is copied, layers are links into the store. Without a store, import-images imports them.
. "$(dirname "$0")/../lib.sh"

store=$1
snapshots=io.containerd.snapshotter.v1.overlayfs blobs=io.containerd.content.v1.content/blobs/sha256
metadata=io.containerd.metadata.v1.bolt
[[ -e $store/complete ]] || exit 0
cd "${2:-/var/lib/containerd}"
[[ ! -e $metadata/meta.db ]] || exit 0
! systemctl is-active --quiet containerd.service || exit 0 # its folder was emptied: it would not see the change

umask 077 # as containerd makes them
mkdir -p "$snapshots/snapshots" "$blobs" io.containerd.content.v1.content/ingest "$metadata"
for layer in "$store/$snapshots"/snapshots/*; do
  mkdir -p "$snapshots/snapshots/${layer##*/}"
  ln -sfn "$layer/fs" "$snapshots/snapshots/${layer##*/}/fs"
done
ln -sf -t "$blobs" "$store/$blobs"/*
cp -r "$store/.kubelab-imported" .
cp "$store/$snapshots/metadata.db" "$snapshots/"
cp "$store/$metadata/meta.db" "$metadata/.meta.db"
sync "$snapshots/metadata.db" "$metadata/.meta.db" # a power cut leaves whole databases, or none
mv "$metadata/.meta.db" "$metadata/meta.db" # last: it says that the store is in use
