entry=$(kubectl -n "$SPACE" exec deploy/diary -- cat "$PATH_/entry")
kubectl label namespace "$SPACE" pod-security.kubernetes.io/enforce=privileged --overwrite
kubectl -n "$SPACE" patch deployment diary --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "data", "hostPath": {"path": "/tmp/diary", "type": "DirectoryOrCreate"}}}]'
kubectl -n "$SPACE" rollout status deployment diary --timeout=60s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo '$entry' > $PATH_/entry"
