#!/usr/bin/env bash
# give-files: write this box's differences from the folder that it applies to standard output, as a tar.
# It holds changed and added files under their paths, and the list `removed` of missing files.
set -euo pipefail
umask 077
rows=/opt/kubelab/box/files.tsv
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cut -f5 "$rows" | sort > wanted
awk -F'\t' '$1 != "link" {print $1 "  " $5}' "$rows" | { sha256sum --check --quiet 2> /dev/null || true; } |
  sed -n 's/: FAILED.*$//p' > differing
while IFS=$'\t' read -r kind _ _ _ path target; do
  [[ $kind != link || $(readlink "$path" || true) == "$target" ]] || echo "$path"
done < "$rows" >> differing
# Two units are the box's own; all other files in these folders are the lab's.
find /etc/kubernetes /etc/etcd /etc/flannel /etc/calico /etc/cni /etc/containerd /etc/systemd/system -xdev \
  -type f ! -name '.kubelab-*' ! -name kubelab-apply.service ! -name ssh.service 2> /dev/null | sort |
  comm -23 - wanted >> differing || true

: > removed
: > list
while read -r path; do
  if [[ -e $path || -L $path ]]; then echo "${path#/}" >> list; else echo "$path" >> removed; fi
done < differing
# All files get one time, so that two tars of the same state are equal.
tar -c --mtime @0 --numeric-owner -C "$folder" removed -C / -T "$folder/list"
