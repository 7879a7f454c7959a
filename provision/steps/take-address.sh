#!/usr/bin/env bash
# take-address ADDRESS/BITS: give the address to the network without a default route, which is the lab's; no step of
# provision.sh. The route comes by DHCP, a moment after the start.
. "$(dirname "$0")/../lib.sh"

way_out() { ip -o -4 route show default | grep -q .; }

! ip -o -4 address show | grep -qF " $1 " || exit 0
wait_for 60 "a default route" way_out
out=$(ip -o -4 route show default | sed -n '1s/.* dev \([^ ]*\).*/\1/p')
inside=$(find /sys/class/net/*/device -prune | cut -d/ -f5 | grep -vxF -m 1 "$out") || fail "no second network for $1"
say "giving $1 to $inside"
if systemctl is-active --quiet NetworkManager.service; then
  nmcli connection add type ethernet con-name kubelab ifname "$inside" ipv4.method manual ipv4.addresses "$1"
else
  mkdir -p /run/systemd/network
  printf '[Match]\nName=%s\n[Network]\nAddress=%s\nLinkLocalAddressing=no\n' "$inside" "$1" \
    > /run/systemd/network/10-kubelab.network
  networkctl reload
fi
