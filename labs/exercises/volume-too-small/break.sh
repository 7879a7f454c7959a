kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create quota storage --hard="requests.storage=$HARD"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
# A quota that has not counted yet refuses everything.
claim() {
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: small}
spec:
  storageClassName: local
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 200Mi}}
END
}
until_true 20 claim
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: diary}
spec:
  selector: {matchLabels: {app: diary}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: diary}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - {name: diary, image: "$IMAGE", args: [netexec, --http-port=8080], volumeMounts: [{name: data, mountPath: /data}]}
      volumes: [{name: data, persistentVolumeClaim: {claimName: small}}]
END
kubectl -n "$SPACE" rollout status deployment diary --timeout=90s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo $WORD-$SPACE > /data/entry"
volume=$(kubectl -n "$SPACE" get pvc small -o jsonpath='{.spec.volumeName}')
[[ $WRONG != kept ]] || kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
