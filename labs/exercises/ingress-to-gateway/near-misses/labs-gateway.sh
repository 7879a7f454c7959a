# variants: carry=tls, carry=hosts
# By a listener more in the lab's own Gateway; the certificate comes with a grant, or the routes are at both ports.
kubectl -n gateway patch gateway gateway --type=json -p '[{"op": "add", "path": "/spec/listeners/-", "value":
  {"name": "shop", "protocol": "HTTPS", "port": 443, "hostname": "'"$SPACE.example"'",
   "tls": {"certificateRefs": [{"name": "shop", "namespace": "'"$SPACE"'"}]}, "allowedRoutes": {"namespaces": {"from": "All"}}}}]'
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop}
spec:
  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: gateway}]
  to: [{group: "", kind: Secret, name: shop}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: gateway, namespace: gateway, sectionName: shop}]
  hostnames: [$SPACE.example]
  rules:
    - {matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: front, port: 80}]}
    - {matches: [{path: {type: PathPrefix, value: /till}}], backendRefs: [{name: till, port: 80}]}
END
kubectl -n "$SPACE" delete ingress shop
