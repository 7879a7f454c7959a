# variants: move=name, move=space
# The entry is copied to a new volume, and that one goes with its claim.
entry=$(kubectl -n "$SPACE" exec deploy/old-diary -- cat /data/entry)
kubectl -n "$SPACE$SUFFIX" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: new}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 300Mi}}
END
kubectl -n "$SPACE$SUFFIX" rollout status deployment diary --timeout=60s
kubectl -n "$SPACE$SUFFIX" exec deploy/diary -- sh -c "echo $entry > /data/entry"
kubectl -n "$SPACE" scale deployment old-diary --replicas=0
kubectl -n "$SPACE" delete pvc old --timeout=60s
