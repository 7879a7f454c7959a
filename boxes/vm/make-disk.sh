#!/usr/bin/env bash
# make-disk ROOT BOOT, both in MiB: in a container with the tools and no rights, make disk.raw of root.tar and
# syslinux.cfg in the current folder: a GPT disk that a BIOS starts, with a FAT for the kernel and an ext4 for the rest.
set -euo pipefail
export LC_ALL=C.UTF-8 # for links with names beyond ASCII
size=$1 boot=$2
tar -xf root.tar boot
tar --delete -f root.tar --wildcards .dockerenv 'boot/*'

truncate -s "${size}M" root.ext4
mke2fs -q -t ext4 -L kl-root -m 0 -E lazy_itable_init=1,root_owner=0:0 -d root.tar root.ext4
truncate -s "${boot}M" boot.fat
mkfs.vfat -n KL-BOOT boot.fat > /dev/null
syslinux --install boot.fat
mcopy -i boot.fat boot/vmlinuz boot/initrd.img syslinux.cfg ::

truncate -s "$((size + boot + 2))M" disk.raw
sfdisk --quiet disk.raw << TABLE
label: gpt
start=1MiB, size=${boot}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, attrs=LegacyBIOSBootable, name=boot
start=$((boot + 1))MiB, size=${size}MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
TABLE
dd if=/usr/lib/syslinux/mbr/gptmbr.bin of=disk.raw conv=notrunc bs=440 count=1 status=none
dd if=boot.fat of=disk.raw bs=1M seek=1 conv=notrunc,sparse status=none
dd if=root.ext4 of=disk.raw bs=1M seek=$((boot + 1)) conv=notrunc,sparse status=none
rm -rf boot boot.fat root.ext4 root.tar
