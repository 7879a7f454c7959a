# variants: carry=paths
# Every host of the world is served.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: gateway, namespace: gateway}]
  rules:
    - {matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: front, port: 80}]}
    - {matches: [{path: {type: Exact, value: /till/open}}], backendRefs: [{name: till, port: 80}]}
END
kubectl -n "$SPACE" delete ingress shop
