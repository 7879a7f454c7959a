# All live, and one that hangs would go on hanging.
kubectl -n "$SPACE" patch deployment "$APP" --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"app",
  "livenessProbe":{"failureThreshold":60}}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
