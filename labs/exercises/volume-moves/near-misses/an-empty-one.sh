# The claim is there, the pod runs, and the data are not there.
kubectl -n "$SPACE$SUFFIX" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: new}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 300Mi}}
END
kubectl -n "$SPACE" scale deployment old-diary --replicas=0
kubectl -n "$SPACE$SUFFIX" rollout status deployment diary --timeout=60s
volume=$(kubectl -n "$SPACE$SUFFIX" get pvc new -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
kubectl -n "$SPACE" delete pvc old --ignore-not-found --timeout=60s
