#!/usr/bin/env bash
# cut in|out|both HOST: drop all packets of the lab's network, in or out, except ssh from and to HOST.
set -euo pipefail
way=$1 host=$2
if [[ $way != out ]]; then
  iptables -t raw -I PREROUTING -i eth1 -j DROP
  iptables -t raw -I PREROUTING -i eth1 -s "$host" -p tcp --dport 22 -j ACCEPT
fi
if [[ $way != in ]]; then
  iptables -t mangle -I POSTROUTING -o eth1 -j DROP
  iptables -t mangle -I POSTROUTING -o eth1 -d "$host" -p tcp --sport 22 -j ACCEPT
fi
