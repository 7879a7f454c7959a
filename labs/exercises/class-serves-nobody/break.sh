kubectl create namespace "$SPACE"
provisioner=$(kubectl get storageclass local -o jsonpath='{.provisioner}')
case $WRONG in
  missing) ;;
  provisioner) provisioner=${provisioner/local-path/local-paths} mode=WaitForFirstConsumer reclaim=Retain ;;
  mode) mode=Immediate reclaim=Delete ;;
esac
[[ $WRONG == missing ]] || kubectl apply -f - <<END
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: $CLASS}
provisioner: $provisioner
volumeBindingMode: $mode
reclaimPolicy: $reclaim
END
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  storageClassName: $CLASS
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 200Mi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: app}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - {name: app, image: "$IMAGE", args: [netexec, --http-port=8080], volumeMounts: [{name: data, mountPath: /data}]}
      volumes: [{name: data, persistentVolumeClaim: {claimName: $CLAIM}}]
END
