# variants: carry=hosts
# One route for both hosts: each serves the other's paths.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: gateway, namespace: gateway, sectionName: http}]
  hostnames: [$SPACE.example, "*.$SPACE.example"]
  rules:
    - {matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: front, port: 80}]}
    - {matches: [{path: {type: PathPrefix, value: /till}}], backendRefs: [{name: till, port: 80}]}
END
kubectl -n "$SPACE" delete ingress shop
