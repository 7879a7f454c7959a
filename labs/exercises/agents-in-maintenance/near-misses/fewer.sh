# Nobody is on the machine because there are fewer of them, and the agents were made anew.
kubectl -n "$SPACE" get daemonset "$AGENT" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},
  "spec":{"template":{"spec":{"tolerations":[{"key":"maintenance","operator":"Exists"}]}}}}' > new.yaml
kubectl -n "$SPACE" delete daemonset "$AGENT" --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" patch deployment till --type=merge -p '{"spec":{"replicas":1,"template":{"spec":{"tolerations":null}}}}'
kubectl -n "$SPACE" rollout status daemonset "$AGENT" --timeout=60s
kubectl -n "$SPACE" rollout status deployment till --timeout=60s
