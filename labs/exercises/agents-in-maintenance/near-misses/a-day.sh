# variants: wrong=seconds
# Long enough for today's work.
kubectl -n "$SPACE" patch daemonset "$AGENT" --type=merge -p '{"spec":{"template":{"spec":{"tolerations":[
  {"key":"maintenance","operator":"Exists","effect":"NoExecute","tolerationSeconds":86400}]}}}}'
kubectl -n "$SPACE" patch deployment till --type=merge -p '{"spec":{"template":{"spec":{"tolerations":null}}}}'
kubectl -n "$SPACE" rollout status daemonset "$AGENT" --timeout=60s
kubectl -n "$SPACE" rollout status deployment till --timeout=60s
