#!/usr/bin/env bash
# take-volumes TAR: the volumes hold what the tar has, and nothing else. The kubelet is stopped meanwhile.
set -euo pipefail
tar=$1
volumes=/var/lib/kubelab/volumes
trap 'rm -f "$tar"' EXIT

# The folders stay: they are mounted into pods.
find "$volumes" -mindepth 2 -delete
tar -x -z -p --numeric-owner -C "$volumes" -f "$tar"
