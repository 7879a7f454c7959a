kubectl -n "$SPACE" set env deployment "$APP" LIMIT=0
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
