#!/usr/bin/env bash
# put-back: restore files, links and units. Standard input is a tar archive of the folder files/ (the originals) and
# of lists, an entry a line: folders (whose mode or owner is wrong), remove (paths), links (path, target), start and restart (units), pods (static pods' names).
set -euo pipefail
PATH=/opt/bin:$PATH
stage=/etc/.kubelab-put-back

rm -rf "$stage"
mkdir -m 0700 "$stage"
tar -xpf - -C "$stage"
mkdir -p "$stage/files"

while read -r path; do
  chown root:root -- "$path" && chmod 0755 -- "$path"
done < "$stage/folders"
# A folder that was made for a removed file goes with it, but none that the box came with.
keep=" /etc/cni/net.d /etc/kubernetes /etc/kubernetes/manifests /opt/bin /opt/cni/bin "
while read -r path; do
  rm -rf -- "$path"
  for ((folder = 0; folder < 3; folder++)); do
    path=${path%/*}
    [[ $path == /*/*/?* && $keep != *" $path "* ]] || break
    rmdir -- "$path" 2> /dev/null || break
  done
done < "$stage/remove"
while IFS=$'\t' read -r path target; do
  mkdir -p "${path%/*}"
  ln -sfn -- "$target" "$path"
done < "$stage/links"
# Rename, not copy: a program that watches the folder never sees half a file. Rename within the folder: containerd
# reads its CNI configuration again after a rename or write there, and not after a move from another folder.
while read -r path; do
  mkdir -p "${path%/*}"
  near=${path%/*}/.kubelab-put-back
  [[ $path != /etc/kubernetes/manifests/* ]] || near=/etc/kubernetes/.kubelab-put-back # not where the kubelet looks
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
