#!/usr/bin/env bash
# take-files TAR: restore this box's differences from its folder, from a tar of give-files.
set -euo pipefail
tar=$1
rows=/opt/kubelab/box/files.tsv
trap 'rm -f "$tar"' EXIT

# Apply the folder first: without a record, put-files puts every file in place.
rm -f /var/lib/kubelab/applied.tsv
find /etc/kubernetes /etc/etcd /etc/flannel /etc/calico /etc/cni /etc/containerd /etc/systemd/system -xdev \
  -type f ! -name '.kubelab-*' ! -name kubelab-apply.service ! -name ssh.service 2> /dev/null |
  grep -vxFf <(cut -f5 "$rows") | xargs -r -d '\n' rm -f || true
systemctl restart kubelab-apply.service

tar -x -p -C / --exclude removed -f "$tar"
tar -x -O -f "$tar" removed | xargs -r -d '\n' rm -f
systemctl daemon-reload
sed -n 's|.*/multi-user.target.wants/\([^\t]*\).*|\1|p' "$rows" | xargs -r systemctl try-restart --no-block
