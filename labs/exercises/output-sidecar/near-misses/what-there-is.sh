# variants: wrong=blocks
# The pod starts: the teller looks once, before there is anything, and ends.
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"template":{"spec":{"initContainers":[{"name":"teller","command":["sh","-c","cat /sales/sold.log || true"]}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
