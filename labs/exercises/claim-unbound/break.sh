kubectl create namespace "$SPACE"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  storageClassName: $CLASS
  accessModes: [$MODE]
  resources: {requests: {storage: $SIZE}}
  $MORE
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
