if [[ $MOVE == back ]]; then
  volume=$(kubectl get pv -o jsonpath='{.items[?(@.spec.claimRef.namespace=="'"$SPACE"'")].metadata.name}')
else
  volume=$(kubectl -n "$SPACE" get pvc old -o jsonpath='{.spec.volumeName}')
fi
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
kubectl -n "$SPACE" scale deployment old-diary --replicas=0
kubectl -n "$SPACE" delete pvc old --ignore-not-found --timeout=60s
kubectl wait "pv/$volume" --for=jsonpath='{.status.phase}'=Released --timeout=30s
kubectl patch pv "$volume" --type=merge -p '{"spec":{"claimRef":null}}'
kubectl -n "$SPACE$SUFFIX" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: new}
spec:
  storageClassName: local
  volumeName: $volume
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 300Mi}}
END
kubectl -n "$SPACE$SUFFIX" rollout status deployment diary --timeout=80s
