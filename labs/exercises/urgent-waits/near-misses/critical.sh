# The cluster's own class: a ferry would send away what the cluster lives on.
kubectl -n "$SPACE" patch deployment ferry -p '{"spec":{"template":{"spec":{"priorityClassName":"system-cluster-critical"}}}}'
kubectl -n "$SPACE" rollout status deployment ferry --timeout=60s
