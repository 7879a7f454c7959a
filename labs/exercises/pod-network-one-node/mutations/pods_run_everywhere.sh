# The node is not Ready while its pods go on: only so until somebody draws the consequences, who is sent away first.
box "$CONTROL_PLANE" <<'END'
rm /etc/kubernetes/manifests/kube-controller-manager.yaml
away() { ! crictl ps -q --name '^kube-controller-manager$' | grep -q .; }
for _ in $(seq 60); do ! away || break; sleep 0.5; done
away
END
box "$TARGET" 'systemctl stop kubelet'
kubectl patch node "$TARGET" --subresource=status \
  -p '{"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown"}]}}'
