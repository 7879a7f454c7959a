# The claim is made anew while its pod waits: nobody uses it yet, so it goes at once. It names no class: the default.
kubectl -n "$SPACE" delete pvc "$CLAIM" --timeout=60s
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  accessModes: [ReadWriteOncePod]
  resources: {requests: {storage: 50Gi}}
END
kubectl -n "$SPACE" rollout status deployment app --timeout=90s
