# The pods of menu answer for both.
host=$SPACE.example
kubectl -n "$SPACE" delete httproute orders
kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: menu}
spec:
  parentRefs: [{name: door}]
  hostnames: [$host]
  rules: [{backendRefs: [{name: menu, port: 80}]}]
END
