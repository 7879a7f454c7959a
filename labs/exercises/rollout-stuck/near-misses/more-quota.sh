# variants: wrong=quota
kubectl -n "$SPACE" patch quota "$SPACE" -p '{"spec":{"hard":{"pods":"6"}}}'
kubectl -n "$SPACE" rollout restart deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
