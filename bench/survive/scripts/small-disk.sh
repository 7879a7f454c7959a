#!/usr/bin/env bash
# small-disk MIB PERCENT: put the kubelet's folder on a disk of that size; it evicts when less than PERCENT is free.
set -euo pipefail
size=$1 percent=$2
config=/etc/kubernetes/kubelet/config.yaml
cp -a "$config" /run/survive-kubelet-config.yaml
systemctl stop kubelet.service
/opt/bin/crictl pods --quiet | xargs -r /opt/bin/crictl stopp > /dev/null
/opt/bin/crictl pods --quiet | xargs -r /opt/bin/crictl rmp --force > /dev/null
awk '$2 ~ "^/var/lib/kubelet/pods/" {print $2}' /proc/mounts | sort -r | xargs -r umount
mount -t tmpfs -o "size=${size}m,mode=0750" survive /var/lib/kubelet
mount --make-rshared /var/lib/kubelet
sed -i "s/nodefs.available: 0%/nodefs.available: $percent%/" "$config"
echo 'evictionPressureTransitionPeriod: 5s' >> "$config"
systemctl start kubelet.service
