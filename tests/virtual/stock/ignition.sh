#!/bin/sh
# In the initramfs, before the system itself starts, as on a CoreOS system: Ignition's stages, at the first start only.
# The modules and Debian's useradd and usermod are the system's, as this small initramfs has none of them.
set -e
if [ -e /root/etc/.ignition-result.json ]; then exit 0; fi
chroot /root /bin/bash -s < /stock/become-stock.sh
export MODPROBE_OPTIONS="-d /root" LD_LIBRARY_PATH=/root/usr/lib/x86_64-linux-gnu
export PATH="$PATH:/root/usr/sbin:/root/usr/bin"
for stage in fetch-offline disks mount files; do
  /stock/ignition --platform qemu --root /root --stage "$stage" --log-to-stdout
done
# As on CoreOS.
/root/usr/bin/mount --bind /root/usr /root/usr
/root/usr/bin/mount -o remount,bind,ro /root/usr
echo "stock: Ignition is done"
