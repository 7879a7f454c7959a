# shellcheck shell=bash
# The box's network: addresses, listeners, and firewall rules that drop packets and that no component of the lab made.
section addresses
ip -o -4 address
section listening
ss -Hltn
section firewall
iptables-save 2> /dev/null | grep -Ee '^\*' -e '-j (DROP|REJECT)' -e '^:(INPUT|OUTPUT|FORWARD) DROP' |
  grep -Eve '[ :-](cali|KUBE-|FLANNEL)'
