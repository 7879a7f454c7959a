# For this taint exactly, and for another effect beside it; till is moved first, and keeps a toleration of its own.
kubectl -n "$SPACE" patch deployment till --type=json -p '[{"op": "replace", "path": "/spec/template/spec/tolerations", "value": [
  {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 20}]}]'
kubectl -n "$SPACE" rollout status deployment till --timeout=80s
kubectl -n "$SPACE" patch daemonset "$AGENT" --type=merge -p '{"spec":{"template":{"spec":{"tolerations":[
  {"key":"maintenance","value":"'"$REASON"'","effect":"'"$EFFECT"'"},
  {"key":"maintenance","operator":"Exists","effect":"PreferNoSchedule"}]}}}}'
kubectl -n "$SPACE" rollout status daemonset "$AGENT" --timeout=80s
