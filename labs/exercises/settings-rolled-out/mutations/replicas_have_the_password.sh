kubectl -n "$SPACE" create secret generic other --from-literal=password=guess
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"template":{"spec":{"volumes":[{"name":"access","secret":{"secretName":"other"}}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
