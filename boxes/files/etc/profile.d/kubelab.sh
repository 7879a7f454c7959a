# shellcheck shell=sh
# Where a lab's software is, for login shells.
PATH=/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/cni/bin
export PATH
