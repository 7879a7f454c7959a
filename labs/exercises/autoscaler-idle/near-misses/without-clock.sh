# variants: wrong=requests
# Nothing is beside the program that could lack a request.
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"template":{"spec":{"containers":[{"name":"clock","$patch":"delete"}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
