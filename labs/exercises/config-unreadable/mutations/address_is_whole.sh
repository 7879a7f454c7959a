kubectl -n "$SPACE" set env deployment "$APP" STORE_URL=http://store/
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
