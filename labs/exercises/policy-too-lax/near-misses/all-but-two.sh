# The two that the task names stay out; anybody else comes in.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: store}
spec:
  podSelector: {matchLabels: {app: store}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [stranger]}]}}], ports: [{port: $PORT}]}]
END
