# variants: wrong=stock
# What the probe asks for is there today; tomorrow all replicas are killed again.
kubectl -n "$SPACE" scale deployment stock --replicas=1
kubectl -n "$SPACE" rollout status deployment stock --timeout=60s
kubectl -n "$SPACE" rollout restart deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
