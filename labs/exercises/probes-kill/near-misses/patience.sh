# variants: wrong=start
# The threshold lets it start, and lets one that hangs hang.
kubectl -n "$SPACE" patch deployment "$APP" --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"app",
  "livenessProbe":{"failureThreshold":60}}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
