# The agents tolerate whatever will ever be said of a machine, the control plane's taint too.
kubectl -n "$SPACE" patch deployment till --type=merge -p '{"spec":{"template":{"spec":{"tolerations":null}}}}'
kubectl -n "$SPACE" patch daemonset "$AGENT" --type=merge -p '{"spec":{"template":{"spec":{"tolerations":[{"operator":"Exists"}]}}}}'
kubectl -n "$SPACE" rollout status deployment till --timeout=60s
