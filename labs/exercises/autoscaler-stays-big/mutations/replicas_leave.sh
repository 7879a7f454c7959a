# A second pod stands beside the one, and never gets Ready.
kubectl -n "$SPACE" patch deployment "$APP" \
  -p '{"spec":{"template":{"spec":{"containers":[{"name":"app","readinessProbe":{"exec":{"command":["false"]}}}]}}}}'
