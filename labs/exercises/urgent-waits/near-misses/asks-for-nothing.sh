# A ferry that needs no berth finds room everywhere.
kubectl -n "$SPACE" patch deployment ferry --type=json -p '[{"op": "remove", "path": "/spec/template/spec/containers/0/resources"}]'
kubectl -n "$SPACE" rollout status deployment ferry --timeout=60s
