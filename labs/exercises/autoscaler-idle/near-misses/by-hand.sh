# Three replicas, which nothing has measured.
kubectl -n "$SPACE" scale deployment "$APP" --replicas=3
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
