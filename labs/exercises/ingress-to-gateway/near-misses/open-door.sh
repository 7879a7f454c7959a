# variants: carry=tls, carry=hosts
# Right over HTTPS, or over HTTP, and the other serves it as well.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: gateway, namespace: gateway}]
  hostnames: [$SPACE.example]
  rules:
    - {matches: [{path: {type: PathPrefix, value: /}}], backendRefs: [{name: front, port: 80}]}
    - {matches: [{path: {type: PathPrefix, value: /till}}], backendRefs: [{name: till, port: 80}]}
END
kubectl -n "$SPACE" delete ingress shop
