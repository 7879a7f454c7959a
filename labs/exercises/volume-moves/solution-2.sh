# The volume names its next claim itself; the claim names no volume, and the old deployment is deleted.
volume=$(kubectl get pv -o jsonpath='{.items[?(@.spec.claimRef.namespace=="'"$SPACE"'")].metadata.name}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
kubectl -n "$SPACE" delete deployment old-diary --cascade=foreground --timeout=60s
kubectl -n "$SPACE" delete pvc old --ignore-not-found --timeout=60s
kubectl wait "pv/$volume" --for=jsonpath='{.status.phase}'=Released --timeout=30s
kubectl patch pv "$volume" --type=merge -p '{"spec":{"claimRef":{"apiVersion":"v1","kind":"PersistentVolumeClaim",
  "namespace":"'"$SPACE$SUFFIX"'","name":"new","uid":null,"resourceVersion":null}}}'
kubectl -n "$SPACE$SUFFIX" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: new}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 100Mi}}
END
kubectl -n "$SPACE$SUFFIX" rollout status deployment diary --timeout=80s
