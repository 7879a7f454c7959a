kubectl create namespace "$SPACE"
kubectl create namespace "$ELSEWHERE"
app() {
  cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, namespace: $2}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - {name: app, image: "$IMAGE", args: [netexec, --http-port=$PORT, --udp-port=-1]}
        - {name: maker, image: "$IMAGE", args: [netexec, --http-port=7070, --udp-port=-1]}
END
}
{ app store "$SPACE"; app "$CLIENT" "$SPACE"; app stranger "$SPACE"; app visitor "$ELSEWHERE"; } | kubectl apply -f -
