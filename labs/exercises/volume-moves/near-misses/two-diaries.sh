# variants: move=back
# The volume is bound again, and old-diary still waits for a claim of its name: whoever makes one has two writers.
volume=$(kubectl get pv -o jsonpath='{.items[?(@.spec.claimRef.namespace=="'"$SPACE"'")].metadata.name}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"claimRef":null}}'
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: new}
spec: {storageClassName: local, volumeName: $volume, accessModes: [ReadWriteOnce], resources: {requests: {storage: 300Mi}}}
END
kubectl -n "$SPACE" rollout status deployment diary --timeout=60s
