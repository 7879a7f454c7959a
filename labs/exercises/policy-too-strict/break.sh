kubectl create namespace "$SPACE"
app() {
  cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: "$IMAGE", args: [netexec, --http-port=8080]}]
END
}
{ app store; app "$CLIENT"; app stranger; } | kubectl -n "$SPACE" apply -f -
kubectl -n "$SPACE" create service clusterip store --tcp=80:8080
dns=""
[[ $DNS == no ]] || dns='- {ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}'
kubectl -n "$SPACE" apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: store}
spec:
  podSelector: {matchLabels: {app: store}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {$LABEL: $CLIENT}}}], ports: [{port: $PORT}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: $CLIENT}
spec:
  podSelector: {matchLabels: {app: $CLIENT}}
  policyTypes: [Egress]
  egress:
    - {to: [{podSelector: {matchLabels: {app: store}}}], ports: [{port: 8080}]}
    $dns
END
