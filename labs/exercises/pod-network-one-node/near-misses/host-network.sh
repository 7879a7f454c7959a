# They reach each other now; the pod network is as broken as before.
kubectl -n "$SPACE" patch daemonset probe -p '{"spec":{"template":{"spec":{"hostNetwork":true}}}}'
