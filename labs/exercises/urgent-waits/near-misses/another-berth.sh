# Right, and with a berth more than there is.
kubectl delete priorityclass "$CLASS" --ignore-not-found
kubectl create priorityclass "$CLASS" --value=100000
kubectl patch node "$WORKER" --subresource=status --type=merge \
  -p '{"status":{"capacity":{"kubelab.example/berth":"2"},"allocatable":{"kubelab.example/berth":"2"}}}'
kubectl -n "$SPACE" patch deployment ferry -p '{"spec":{"template":{"spec":{"priorityClassName":"'"$CLASS"'"}}}}'
kubectl -n "$SPACE" rollout restart deployment ferry
kubectl -n "$SPACE" rollout status deployment ferry --timeout=80s
