volume=$(kubectl -n "$SPACE" get pvc large -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
