# The deployment stands still while its storage is exchanged; the claim names no class: the default one.
entry=$(kubectl -n "$SPACE" exec deploy/diary -- cat "$PATH_/entry")
kubectl -n "$SPACE" scale deployment diary --replicas=0
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  accessModes: [ReadWriteOncePod]
  resources: {requests: {storage: 2Gi}}
END
kubectl -n "$SPACE" patch deployment diary --type=json -p '[
  {"op": "replace", "path": "/spec/strategy", "value": {"type": "Recreate"}},
  {"op": "replace", "path": "/spec/template/spec/volumes/0", "value": {"name": "data", "persistentVolumeClaim": {"claimName": "'"$CLAIM"'"}}}]'
kubectl -n "$SPACE" scale deployment diary --replicas=1
kubectl -n "$SPACE" rollout status deployment diary --timeout=90s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo '$entry' > $PATH_/entry"
