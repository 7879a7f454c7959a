kubectl -n "$SPACE" apply -f - <<ONE
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: one-more}
spec:
  podSelector: {matchLabels: {app: store}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {app: stranger}}}], ports: [{port: $PORT}]}]
ONE
