# variants: wrong=image
kubectl -n "$SPACE" rollout undo deployment "$APP"
kubectl -n "$SPACE" scale deployment "$APP" --replicas=2
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
