# No network is needed by whoever uses the machine's.
kubectl -n "$SPACE" patch daemonset walker -p '{"spec":{"template":{"spec":{"hostNetwork":true}}}}'
