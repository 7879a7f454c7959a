# It works until the client's pod is made anew.
address=$(kubectl -n "$SPACE" get pods -l "app=$CLIENT" -o jsonpath='{.items[0].status.podIP}')
kubectl -n "$SPACE" apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: store}
spec:
  podSelector: {matchLabels: {app: store}}
  policyTypes: [Ingress]
  ingress: [{from: [{ipBlock: {cidr: $address/32}}], ports: [{port: $PORT}]}]
END
