#!/usr/bin/env bash
# flannel sends from the address of the first interface, which leads to this computer and not to the other machines.
address=$(ip -o -4 address show eth0 | awk '{sub("/.*", "", $4); print $4}')
edit /etc/flannel/options.env sed "s|^FLANNELD_IFACE=.*|FLANNELD_IFACE=$address|"
again flanneld
