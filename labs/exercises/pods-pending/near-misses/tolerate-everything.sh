# variants: wrong=taint
# The control plane is open to them, too. A pod that lands there does not become Ready, so the rollout may not end.
kubectl -n "$SPACE" patch deployment "$APP" --type=merge -p '{"spec":{"template":{"spec":{"tolerations":[{"operator":"Exists"}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=30s || true
