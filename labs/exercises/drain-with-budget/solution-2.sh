# variants: budget=minAvailable
# A rollout makes each new pod before it takes an old one, and finds the node closed.
kubectl patch node "$TARGET" -p '{"spec":{"unschedulable":true}}'
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"strategy":{"rollingUpdate":{"maxUnavailable":0,"maxSurge":1}}}}'
kubectl -n "$SPACE" rollout restart deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
