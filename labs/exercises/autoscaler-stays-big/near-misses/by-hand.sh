# One replica, because somebody said so.
kubectl -n "$SPACE" scale deployment "$APP" --replicas=1
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
