# No quota, and the control plane open to all.
kubectl -n "$SPACE" delete quota "$SPACE"
kubectl taint nodes "$CONTROL_PLANE" node-role.kubernetes.io/control-plane-
