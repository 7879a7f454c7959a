# variants: wrong=quota
# Every replica may be missing at a time: it is never called unavailable.
kubectl -n "$SPACE" patch deployment "$APP" --type=merge -p '{"spec":{"strategy":{"rollingUpdate":{"maxUnavailable":"100%"}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s || true
