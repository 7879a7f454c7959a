# variants: carry=paths
# All is right, and the lab's own Gateway has got a listener.
kubectl -n gateway patch gateway gateway --type=json -p '[{"op": "add", "path": "/spec/listeners/-", "value":
  {"name": "shop", "protocol": "HTTP", "port": 80, "hostname": "'"$SPACE.$LAB.test"'", "allowedRoutes": {"namespaces": {"from": "All"}}}}]'
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: gateway, namespace: gateway, sectionName: shop}, {name: gateway, namespace: gateway, sectionName: https}]
  hostnames: [$SPACE.$LAB.test]
  rules:
    - {matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: front, port: 80}]}
    - {matches: [{path: {type: Exact, value: /till/open}}], backendRefs: [{name: till, port: 80}]}
END
kubectl -n "$SPACE" delete ingress shop
