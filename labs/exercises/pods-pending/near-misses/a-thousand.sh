# variants: wrong=quota
# A quota that forbids nothing; the API writes it as 1k.
kubectl -n "$SPACE" patch quota "$SPACE" -p '{"spec":{"hard":{"pods":"1000"}}}'
kubectl -n "$SPACE" rollout restart deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
