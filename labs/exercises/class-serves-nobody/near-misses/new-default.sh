# variants: wrong=missing
# Everything works, and whoever names no class gets this one; the deployment was made anew without need.
kubectl get storageclass local -o yaml > local.yaml
kubectl patch --local -f local.yaml -o yaml --type=merge \
  -p '{"reclaimPolicy":"Retain","metadata":{"name":"'"$CLASS"'","uid":null,"resourceVersion":null}}' > own.yaml
kubectl create -f own.yaml
kubectl annotate storageclass local storageclass.kubernetes.io/is-default-class=false --overwrite
kubectl -n "$SPACE" rollout status deployment app --timeout=80s
kubectl -n "$SPACE" get deployment app -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null}}' > new.yaml
kubectl -n "$SPACE" delete deployment app --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout status deployment app --timeout=60s
