# variants: 1, 2
OTHERS=$(box "$OTHER_WORKER" 'cat /etc/cni/net.d/10-flannel-calico.conflist' | as_json | sed "s/\"$OTHER_WORKER\"/\"$TARGET\"/" | base64 -w0)
KUBELAB_VALUES+=' OTHERS'
box "$TARGET" <<'BOX'
base64 -d <<< "$OTHERS" > /etc/cni/net.d/.new
mv /etc/cni/net.d/.new /etc/cni/net.d/10-flannel-calico.conflist
if ! grep -q "FLANNELD_IFACE=$TARGET_ADDRESS" /etc/flannel/options.env; then
  # Another file of the environment, read after the wrong one.
  install -d /etc/systemd/system/flanneld.service.d
  printf 'FLANNELD_IFACE=%s\nFLANNELD_PUBLIC_IP=%s\n' "$TARGET_ADDRESS" "$TARGET_ADDRESS" > /etc/flannel/own.env
  printf '[Service]\nEnvironmentFile=/etc/flannel/own.env\n' > /etc/systemd/system/flanneld.service.d/own.conf
  systemctl daemon-reload
  systemctl restart flanneld
fi
BOX
# Pods that were started meanwhile have addresses of another part of the network.
kubectl get pods -A --field-selector "spec.nodeName=$TARGET,spec.hostNetwork=false" \
  -o jsonpath='{range .items[*]}{.metadata.namespace} {.metadata.name}{"\n"}{end}' |
  while read -r namespace name; do kubectl delete pod "$name" -n "$namespace" --wait=false; done
