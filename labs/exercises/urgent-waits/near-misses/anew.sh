# A right class; the barges were deleted and made anew.
kubectl -n "$SPACE" get deployment barges -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null}}' > new.yaml
kubectl -n "$SPACE" delete deployment barges --timeout=30s
kubectl delete priorityclass "$CLASS" --ignore-not-found
kubectl create priorityclass "$CLASS" --value=100000
kubectl -n "$SPACE" patch deployment ferry -p '{"spec":{"template":{"spec":{"priorityClassName":"'"$CLASS"'"}}}}'
kubectl -n "$SPACE" rollout restart deployment ferry
kubectl -n "$SPACE" rollout status deployment ferry --timeout=80s
kubectl -n "$SPACE" create -f new.yaml
