#!/usr/bin/env bash
# look UNIT…: say what this box has applied and what is there now. Given to a shell in the box; changes nothing.
# Sections begin with a line `# name`: record, files (type, mode, owner, path, target), digests, extra, units.
set -euo pipefail
record=/var/lib/kubelab/applied.tsv
folders=(/etc/kubernetes /etc/cni/net.d /etc/containerd /etc/flannel /etc/calico /etc/etcd /opt/bin)

echo "# record"
cat "$record"
paths=$(cut -f5 "$record" | sort -u)
echo "# files"
xargs -d '\n' sh -c 'find "$@" -maxdepth 0 -printf "%y\t%m\t%u:%g\t%p\t%l\n" 2> /dev/null || true' look <<< "$paths"
echo "# digests"
xargs -d '\n' sh -c 'sha256sum -- "$@" 2> /dev/null || true' look <<< "$paths"
echo "# extra"
for unit in "$@"; do folders+=("/etc/systemd/system/$unit.d"); done
find "${folders[@]}" -mindepth 1 ! -type d 2> /dev/null | sort -u | comm -23 - <(sort -u <<< "$paths") || true
echo "# units"
systemctl show --property=Id,ActiveState "$@"
