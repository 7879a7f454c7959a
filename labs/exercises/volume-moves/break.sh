kubectl create namespace "$SPACE"
[[ -z $SUFFIX ]] || kubectl create namespace "$SPACE$SUFFIX"
deployment() { # NAMESPACE NAME CLAIM
  kubectl -n "$1" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $2}
spec:
  selector: {matchLabels: {app: $2}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: $2}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - {name: diary, image: "$IMAGE", args: [netexec, --http-port=8080], volumeMounts: [{name: data, mountPath: /data}]}
      volumes: [{name: data, persistentVolumeClaim: {claimName: $3}}]
END
}
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: old}
spec:
  storageClassName: local
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 300Mi}}
END
deployment "$SPACE" old-diary old
kubectl -n "$SPACE" rollout status deployment old-diary --timeout=90s
kubectl -n "$SPACE" exec deploy/old-diary -- sh -c "echo $WORD-$SPACE > /data/entry"
deployment "$SPACE$SUFFIX" diary new
if [[ $MOVE == back ]]; then
  volume=$(kubectl -n "$SPACE" get pvc old -o jsonpath='{.spec.volumeName}')
  kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
  kubectl -n "$SPACE" scale deployment old-diary --replicas=0
  kubectl -n "$SPACE" delete pvc old --timeout=60s
  kubectl -n "$SPACE" scale deployment old-diary --replicas=1
  kubectl wait "pv/$volume" --for=jsonpath='{.status.phase}'=Released --timeout=30s
fi
