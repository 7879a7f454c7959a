# variants: wrong=kept
# All is well in the API, and the folder is on its node for ever.
entry=$(kubectl -n "$SPACE" exec deploy/diary -- cat /data/entry)
volume=$(kubectl -n "$SPACE" get pvc small -o jsonpath='{.spec.volumeName}')
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: large}
spec: {storageClassName: local, accessModes: [ReadWriteOnce], resources: {requests: {storage: 500Mi}}}
END
kubectl -n "$SPACE" patch deployment diary --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName", "value": "large"}]'
kubectl -n "$SPACE" rollout status deployment diary --timeout=80s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo '$entry' > /data/entry"
kubectl -n "$SPACE" delete pvc small --timeout=60s
kubectl delete pv "$volume" --timeout=30s
volume=$(kubectl -n "$SPACE" get pvc large -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
