# variants: wrong=request
# They fit, with far more than they need: the next one may not.
kubectl -n "$SPACE" set resources deployment "$APP" --requests=cpu=150m
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
