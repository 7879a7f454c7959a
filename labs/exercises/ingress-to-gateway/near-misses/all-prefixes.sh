# variants: carry=paths
# /till/open/today is served by the other application now; the services can be reached at a port of every node, too.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: gateway, namespace: gateway}]
  hostnames: [$SPACE.$LAB.test]
  rules:
    - {matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: front, port: 80}]}
    - {matches: [{path: {type: PathPrefix, value: /till/open}}], backendRefs: [{name: till, port: 80}]}
END
kubectl -n "$SPACE" patch service till -p '{"spec":{"type":"NodePort"}}'
kubectl -n "$SPACE" delete ingress shop
