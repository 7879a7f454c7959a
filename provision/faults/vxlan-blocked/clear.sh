#!/usr/bin/env bash
# Remove the rule. A restarted machine no longer has it.
while iptables -w -C INPUT -p udp --dport 8472 -j DROP 2> /dev/null; do
  iptables -w -D INPUT -p udp --dport 8472 -j DROP
done
