kubectl create namespace "$SPACE"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: diary}
spec:
  selector: {matchLabels: {app: diary}}
  template:
    metadata: {labels: {app: diary}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - {name: diary, image: "$IMAGE", args: [netexec, --http-port=8080], volumeMounts: [{name: data, mountPath: $PATH_}]}
      volumes: [{name: data, emptyDir: {}}]
END
kubectl -n "$SPACE" rollout status deployment diary --timeout=60s
kubectl -n "$SPACE" exec deploy/diary -- sh -c "echo $WORD-$SPACE > $PATH_/entry"
