# Made anew in one step while the pod waits; without a class it is of the lab's default one.
kubectl -n "$SPACE" replace --force -f - <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: "1e8"}}}
YAML
kubectl -n "$SPACE" rollout status deployment app --timeout=60s
