# It works until the client's pod is made anew.
kubectl -n "$SPACE" rollout status "deployment/$CLIENT" --timeout=60s # a pod has its address when it runs
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
