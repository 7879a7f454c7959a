# variants: wrong=plain, wrong=kept
# Room enough, and the entry is lost; its volume goes with its claim.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: large}
spec: {storageClassName: local, accessModes: [ReadWriteOnce], resources: {requests: {storage: 500Mi}}}
END
kubectl -n "$SPACE" patch deployment diary --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName", "value": "large"}]'
kubectl -n "$SPACE" rollout status deployment diary --timeout=80s
kubectl -n "$SPACE" delete pvc small --timeout=60s
