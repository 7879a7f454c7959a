#!/usr/bin/env bash
# give-files: what differs on this box from the folder that it applies, as a tar on standard output.
# In it: changed files and added ones under their paths, and the list `removed` of those that are gone.
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
# Beside these two files, which are the box's own, everything in these folders is the lab's.
find /etc/kubernetes /etc/etcd /etc/flannel /etc/calico /etc/cni /etc/containerd /etc/systemd/system -xdev \
  -type f ! -name '.kubelab-*' ! -name kubelab-apply.service ! -name ssh.service 2> /dev/null | sort |
  comm -23 - wanted >> differing || true

: > removed
: > list
while read -r path; do
  if [[ -e $path || -L $path ]]; then echo "${path#/}" >> list; else echo "$path" >> removed; fi
done < differing
# One time for all: two tars of the same state are equal.
tar -c --mtime @0 --numeric-owner -C "$folder" removed -C / -T "$folder/list"
