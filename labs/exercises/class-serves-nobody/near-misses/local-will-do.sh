# It runs, on a volume that goes with its claim.
kubectl -n "$SPACE" delete pvc "$CLAIM" --timeout=60s
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 200Mi}}
END
kubectl -n "$SPACE" rollout status deployment app --timeout=60s
