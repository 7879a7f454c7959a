#!/usr/bin/env bash
# put-back: make files, links and units what they were. Standard input is a tar archive: files/ as they should be, and
# lists of lines: remove (paths), links (path, target), start and restart (units), pods (static pods' names).
set -euo pipefail
PATH=/opt/bin:$PATH
stage=/etc/.kubelab-put-back

rm -rf "$stage"
mkdir -m 0700 "$stage"
tar -xpf - -C "$stage"
mkdir -p "$stage/files"

while read -r path; do rm -rf -- "$path"; done < "$stage/remove"
while IFS=$'\t' read -r path target; do
  mkdir -p "${path%/*}"
  ln -sfn -- "$target" "$path"
done < "$stage/links"
# Renamed, not copied: whoever watches a folder never sees half a file. And renamed within its folder: containerd reads
# its network's list again when a file there is renamed or written, and not when one comes from elsewhere.
while read -r path; do
  mkdir -p "${path%/*}"
  near=${path%/*}/.kubelab-put-back
  [[ $path != /etc/kubernetes/manifests/* ]] || near=/etc/kubernetes/.kubelab-put-back # the kubelet looks at each file
  mv -fT -- "$stage/files$path" "$near"
  mv -fT -- "$near" "$path"
done < <(cd "$stage/files" && find . \( -type f -o -type l \) | sed 's/^\.//')

systemctl daemon-reload
while read -r unit; do
  systemctl unmask "$unit"
  systemctl reset-failed "$unit" || true
  systemctl start --no-block "$unit"
done < <(cat "$stage/start" "$stage/restart") 2> /dev/null
while read -r unit; do systemctl restart --no-block "$unit"; done < "$stage/restart"
while read -r pod; do
  crictl ps -q --name "^$pod\$" | xargs -r crictl stop -t 2 > /dev/null 2>&1 || true
done < "$stage/pods"
rm -rf "$stage"
