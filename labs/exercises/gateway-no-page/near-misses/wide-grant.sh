# variants: wrong=backend, wrong=listener
# All pages; every service and every secret of the other namespace may be used.
kubectl apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: everything, namespace: $ELSEWHERE}
spec:
  from:
    - {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: $SPACE}
    - {group: gateway.networking.k8s.io, kind: Gateway, namespace: $SPACE}
  to: [{group: "", kind: Service}, {group: "", kind: Secret}]
END
kubectl -n "$SPACE" patch gateway door --type=json -p '[{"op": "replace", "path": "/spec/listeners/0/port", "value": 80}]'
kubectl -n "$SPACE" patch httproute menu --type=json \
  -p '[{"op": "replace", "path": "/spec/rules/0/backendRefs/0/port", "value": 80}]'
kubectl -n "$ELSEWHERE" patch service orders -p '{"spec":{"selector":{"app":"orders"}}}'
