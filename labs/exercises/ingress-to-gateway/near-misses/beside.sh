# variants: carry=paths
# The route is right, and the Ingress is still there.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: gateway, namespace: gateway}]
  hostnames: [$SPACE.$LAB.test]
  rules:
    - {matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: front, port: 80}]}
    - {matches: [{path: {type: Exact, value: /till/open}}], backendRefs: [{name: till, port: 80}]}
END
