box "$TARGET" <<'END'
iptables -D INPUT -p udp --dport 8472 -j DROP 2> /dev/null || true
iptables -D OUTPUT -p udp --dport 8472 -j DROP 2> /dev/null || true
for chain in INPUT OUTPUT FORWARD; do
  while number=$(iptables -L $chain -n --line-numbers | awk '/8472/ {print $1; exit}') && [[ -n $number ]]; do
    iptables -D $chain "$number"
  done
done
install -m 644 /opt/kubelab/box/files/etc/cni/net.d/10-flannel-calico.conflist /etc/cni/net.d/10-flannel-calico.conflist
if ! cmp -s /opt/kubelab/box/files/etc/flannel/options.env /etc/flannel/options.env; then
  install -m 644 /opt/kubelab/box/files/etc/flannel/options.env /etc/flannel/options.env
  systemctl restart flanneld
fi
END
# What was started under the wrong address has one of another part of the pod network: it is made anew, and so is what has
# not said yet which address it got.
subnet=$(box "$TARGET" "sed -n 's/^FLANNEL_SUBNET=\(.*\.\)[0-9]*\/.*/\1/p' /run/flannel/subnet.env")
kubectl get pods -A --field-selector "spec.nodeName=$TARGET,spec.hostNetwork=false" \
  -o jsonpath='{range .items[*]}{.metadata.namespace} {.metadata.name} {.status.podIP}{"\n"}{end}' |
  while read -r namespace name address; do
    [[ $address == "$subnet"* ]] || kubectl delete pod "$name" -n "$namespace" --wait=false
  done
