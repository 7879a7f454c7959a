# The labels that the policy asks for, expressions, a port by number, DNS at its own pods only.
kubectl -n "$SPACE" patch deployment "$CLIENT" -p "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"role\":\"$CLIENT\"}}}}}"
kubectl -n "$SPACE" apply --server-side --force-conflicts -f - <<END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: store}
spec:
  podSelector: {matchExpressions: [{key: app, operator: In, values: [store]}]}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchExpressions: [{key: role, operator: In, values: [$CLIENT]}]}}], ports: [{port: 8080, endPort: 8081}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: $CLIENT}
spec:
  podSelector: {matchExpressions: [{key: app, operator: In, values: [$CLIENT]}]}
  policyTypes: [Egress]
  egress:
    - to: [{podSelector: {matchLabels: {app: store}}}]
    - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]
      ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
END
kubectl -n "$SPACE" rollout status deployment "$CLIENT" --timeout=60s
