# variants: wrong=image
# All replicas are right, and the next change would not begin.
kubectl -n "$SPACE" rollout undo deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
kubectl -n "$SPACE" rollout pause deployment "$APP"
