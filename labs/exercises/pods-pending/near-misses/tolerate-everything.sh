# variants: wrong=taint
# The control plane is open to them, too.
kubectl -n "$SPACE" patch deployment "$APP" --type=merge -p '{"spec":{"template":{"spec":{"tolerations":[{"operator":"Exists"}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
