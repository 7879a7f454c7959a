# A right toleration, and till may never come back: it names the other machine.
kubectl -n "$SPACE" patch daemonset "$AGENT" --type=merge \
  -p '{"spec":{"template":{"spec":{"tolerations":[{"key":"maintenance","operator":"Exists"}]}}}}'
kubectl -n "$SPACE" patch deployment till --type=merge -p '{"spec":{"template":{"spec":{"tolerations":null,
  "nodeSelector":{"kubernetes.io/hostname":"'"$OTHER_WORKER"'"}}}}}'
kubectl -n "$SPACE" rollout status daemonset "$AGENT" --timeout=60s
kubectl -n "$SPACE" rollout status deployment till --timeout=60s
