# Another rollout, of another edition, that ends well.
kubectl -n "$SPACE" set env deployment "$APP" EDITION=winter
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
