# variants: wrong=twice, wrong=quota
# One step back is not far enough, or the wrong way.
kubectl -n "$SPACE" rollout undo deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=8s || true
