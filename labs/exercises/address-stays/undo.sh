# An address that was put on a machine by hand goes: keepalived does not take it away.
address=${API#*://} address=${address%:*}
for name in $(sed -n 's/^Host \([^ ]*\).*/\1/p' "$SSH_CONFIG"); do
  box "$name" "[[ -e /etc/kubernetes/keepalived ]] || exit 0
id=\$(crictl ps -q --name '^keepalived\$' | head -1)
[[ -n \$id ]] && crictl logs \$id 2>&1 | grep -o 'Entering [A-Z]* STATE' | tail -1 | grep -q MASTER && exit 0
ip -4 -oneline address show to $address | while read -r _ device _; do ip address del $address/32 dev \$device; done"
done
