# A new claim with everything in it, which is no larger than the old one.
entry=$(kubectl -n "$SPACE" exec deploy/diary -- cat /data/entry)
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: large}
spec: {storageClassName: local, accessModes: [ReadWriteOnce], resources: {requests: {storage: 200Mi}}}
END
kubectl -n "$SPACE" patch deployment diary --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName", "value": "large"}]'
kubectl -n "$SPACE" rollout status deployment diary --timeout=80s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo '$entry' > /data/entry"
