kubectl -n "$SPACE" patch daemonset "$AGENT" --type=merge \
  -p '{"spec":{"template":{"spec":{"tolerations":[{"key":"maintenance","operator":"Exists"}]}}}}'
kubectl -n "$SPACE" patch deployment till --type=merge -p '{"spec":{"template":{"spec":{"tolerations":null}}}}'
kubectl -n "$SPACE" rollout status daemonset "$AGENT" --timeout=80s
kubectl -n "$SPACE" rollout status deployment till --timeout=80s
