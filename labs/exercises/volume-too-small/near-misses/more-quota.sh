# Room for both at once, in a quota that was raised for it; the deployment was made anew.
kubectl -n "$SPACE" patch quota storage --type=merge -p '{"spec":{"hard":{"requests.storage":"9Gi"}}}'
entry=$(kubectl -n "$SPACE" exec deploy/diary -- cat /data/entry)
volume=$(kubectl -n "$SPACE" get pvc small -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
kubectl -n "$SPACE" get deployment diary -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},
  "spec":{"template":{"spec":{"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"large"}}]}}}}' > new.yaml
kubectl -n "$SPACE" delete deployment diary --cascade=foreground --timeout=60s
kubectl -n "$SPACE" delete pvc small --timeout=60s
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: large}
spec: {storageClassName: local, accessModes: [ReadWriteOnce], resources: {requests: {storage: 500Mi}}}
END
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout status deployment diary --timeout=80s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo '$entry' > /data/entry"
volume=$(kubectl -n "$SPACE" get pvc large -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
