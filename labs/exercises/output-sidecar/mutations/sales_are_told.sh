# A sidecar that says nothing.
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"template":{"spec":{"initContainers":[{"name":"teller","command":["/agnhost","pause"]}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
