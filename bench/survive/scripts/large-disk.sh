#!/usr/bin/env bash
# large-disk: undo small-disk.
set -euo pipefail
systemctl stop kubelet.service
/opt/bin/crictl pods --quiet | xargs -r /opt/bin/crictl stopp > /dev/null
/opt/bin/crictl pods --quiet | xargs -r /opt/bin/crictl rmp --force > /dev/null
awk '$2 ~ "^/var/lib/kubelet/pods/" {print $2}' /proc/mounts | sort -r | xargs -r umount
! mountpoint -q /var/lib/kubelet || ! grep -q '^survive /var/lib/kubelet ' /proc/mounts || umount /var/lib/kubelet
cp -a /run/survive-kubelet-config.yaml /etc/kubernetes/kubelet/config.yaml
systemctl start kubelet.service
