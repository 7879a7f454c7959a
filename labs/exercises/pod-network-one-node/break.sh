kubectl create namespace "$SPACE"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: probe}
spec:
  selector: {matchLabels: {app: probe}}
  template:
    metadata: {labels: {app: probe}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: probe, image: "$IMAGE", args: [netexec, --http-port=8080]}]
END
