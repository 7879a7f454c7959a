# variants: wrong=requests
# A right workload, which is not the one that there was.
kubectl -n "$SPACE" get deployment "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null}}' > bare.yaml
kubectl set resources --local -f bare.yaml -c clock --requests=cpu=5m -o yaml > new.yaml
kubectl -n "$SPACE" delete deployment "$APP" --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
