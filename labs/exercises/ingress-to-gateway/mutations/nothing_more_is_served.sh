# A second route, for every host.
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: more}
spec:
  parentRefs: [{name: gateway, namespace: gateway}]
  rules: [{backendRefs: [{name: front, port: 80}]}]
END
