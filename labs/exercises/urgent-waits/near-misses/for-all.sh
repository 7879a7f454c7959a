# The right class, and every pod that names none gets it too.
kubectl delete priorityclass "$CLASS" --ignore-not-found
kubectl create priorityclass "$CLASS" --value=100000 --global-default
kubectl -n "$SPACE" patch deployment ferry -p '{"spec":{"template":{"spec":{"priorityClassName":"'"$CLASS"'"}}}}'
kubectl -n "$SPACE" rollout restart deployment ferry
kubectl -n "$SPACE" rollout status deployment ferry --timeout=80s
