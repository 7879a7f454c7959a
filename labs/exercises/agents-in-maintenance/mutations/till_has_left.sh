kubectl -n "$SPACE" patch deployment till --type=merge \
  -p '{"spec":{"template":{"spec":{"tolerations":[{"key":"maintenance","operator":"Exists"}]}}}}'
kubectl -n "$SPACE" rollout status deployment till --timeout=60s
