# variants: wrong=broken
# The release is right, and somebody has changed what it made.
helm -n "$SPACE" rollback "$APP" 2 --wait --timeout 90s
kubectl -n "$SPACE" scale deployment "$APP" --replicas=4
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
