entry=$(kubectl -n "$SPACE" exec deploy/diary -- cat "$PATH_/entry")
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  storageClassName: local
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 100Mi}}
END
kubectl -n "$SPACE" patch deployment diary --type=json -p '[
  {"op": "replace", "path": "/spec/strategy", "value": {"type": "Recreate"}},
  {"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "data", "persistentVolumeClaim": {"claimName": "'"$CLAIM"'"}}}]'
kubectl -n "$SPACE" rollout status deployment diary --timeout=60s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo '$entry' > $PATH_/entry"
