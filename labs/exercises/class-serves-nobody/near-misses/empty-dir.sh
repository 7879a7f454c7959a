# variants: wrong=provisioner
# It runs, and forgets everything with its pod.
kubectl -n "$SPACE" patch deployment app --type=json \
  -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "data", "emptyDir": {}}}]'
kubectl -n "$SPACE" rollout status deployment app --timeout=60s
