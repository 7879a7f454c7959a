# The store, DNS, and every server of the world at one port more.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: store}
spec:
  podSelector: {matchLabels: {app: store}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {app: $CLIENT}}}], ports: [{port: 8080}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: $CLIENT}
spec:
  podSelector: {matchLabels: {app: $CLIENT}}
  policyTypes: [Egress]
  egress:
    - {to: [{podSelector: {matchLabels: {app: store}}}], ports: [{port: 8080}]}
    - {ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}
    - {to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}
END
