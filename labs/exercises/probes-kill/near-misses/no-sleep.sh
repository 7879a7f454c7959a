# variants: wrong=start
# Another program is no repair of a probe.
kubectl -n "$SPACE" patch deployment "$APP" --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"app",
  "command":["/agnhost","netexec","--http-port=8080"],"livenessProbe":{"initialDelaySeconds":45}}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
