#!/usr/bin/env bash
# What other nodes send to this one's pods comes in packets to this port.
iptables -w -I INPUT -p udp --dport 8472 -j DROP
