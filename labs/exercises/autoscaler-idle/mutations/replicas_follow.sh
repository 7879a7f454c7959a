# A new template whose pods never get Ready: what is wanted does not come.
kubectl -n "$SPACE" patch deployment "$APP" \
  -p '{"spec":{"template":{"spec":{"containers":[{"name":"app","readinessProbe":{"exec":{"command":["false"]}}}]}}}}'
