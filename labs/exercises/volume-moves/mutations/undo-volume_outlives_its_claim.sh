volume=$(kubectl -n "$SPACE$SUFFIX" get pvc new -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
