#!/usr/bin/env bash
# make-volumes NAME…: the folders behind the node's local persistent volumes.
. "$(dirname "$0")/../lib.sh"

for name in "$@"; do
  install -d -m 0777 "$STATE/volumes/$name"
done
