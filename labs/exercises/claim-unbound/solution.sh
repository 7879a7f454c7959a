kubectl -n "$SPACE" scale deployment app --replicas=0
kubectl -n "$SPACE" delete pvc "$CLAIM"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  storageClassName: local
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
END
kubectl -n "$SPACE" scale deployment app --replicas=1
kubectl -n "$SPACE" rollout status deployment app --timeout=60s
