# Whoever is called like the client gets in, from wherever.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: store}
spec:
  podSelector: {matchLabels: {app: store}}
  policyTypes: [Ingress]
  ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: $CLIENT}}}], ports: [{port: $PORT}]}]
END
