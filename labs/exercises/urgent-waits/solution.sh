kubectl delete priorityclass "$CLASS" --ignore-not-found
kubectl create priorityclass "$CLASS" --value=100000
kubectl -n "$SPACE" patch deployment ferry -p '{"spec":{"template":{"spec":{"priorityClassName":"'"$CLASS"'"}}}}'
# A pod that waits keeps the priority that it was created with: a new rollout makes another one.
kubectl -n "$SPACE" rollout restart deployment ferry
kubectl -n "$SPACE" rollout status deployment ferry --timeout=80s
