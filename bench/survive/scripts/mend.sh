#!/usr/bin/env bash
# mend in|out|both HOST: undo cut.
set -euo pipefail
way=$1 host=$2
if [[ $way != out ]]; then
  iptables -t raw -D PREROUTING -i eth1 -s "$host" -p tcp --dport 22 -j ACCEPT
  iptables -t raw -D PREROUTING -i eth1 -j DROP
fi
if [[ $way != in ]]; then
  iptables -t mangle -D POSTROUTING -o eth1 -d "$host" -p tcp --sport 22 -j ACCEPT
  iptables -t mangle -D POSTROUTING -o eth1 -j DROP
fi
