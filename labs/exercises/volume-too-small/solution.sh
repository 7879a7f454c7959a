entry=$(kubectl -n "$SPACE" exec deploy/diary -- cat /data/entry)
volume=$(kubectl -n "$SPACE" get pvc small -o jsonpath='{.spec.volumeName}')
kubectl -n "$SPACE" scale deployment diary --replicas=0
# The program that made the volume removes it with its folder, if its policy says so.
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
kubectl -n "$SPACE" delete pvc small --timeout=60s
# The quota counts what is gone a moment later.
claim() {
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: large}
spec:
  storageClassName: local
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 500Mi}}
END
}
until_true 20 claim
kubectl -n "$SPACE" patch deployment diary --type=json -p '[
  {"op": "replace", "path": "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName", "value": "large"},
  {"op": "replace", "path": "/spec/replicas", "value": 1}]'
kubectl -n "$SPACE" rollout status deployment diary --timeout=80s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo '$entry' > /data/entry"
volume=$(kubectl -n "$SPACE" get pvc large -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
