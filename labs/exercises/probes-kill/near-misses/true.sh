# variants: wrong=stock
# A probe that always succeeds, and a readiness probe that is gone.
kubectl -n "$SPACE" patch deployment "$APP" --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"app",
  "readinessProbe":null,"livenessProbe":{"exec":{"command":["true"]},"initialDelaySeconds":45}}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
