#!/usr/bin/env bash
# Drop VXLAN: packets from other nodes to this node's pods arrive on this port.
iptables -w -I INPUT -p udp --dport 8472 -j DROP
