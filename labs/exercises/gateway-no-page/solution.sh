host=$SPACE.example
case $WRONG in
  route)
    kubectl -n "$SPACE" patch httproute menu --type=json -p '[{"op": "remove", "path": "/spec/parentRefs/0/sectionName"}]'
    kubectl -n "$SPACE" patch httproute orders --type=merge -p '{"spec":{"hostnames":["'"$host"'"]}}' ;;
  listener)
    kubectl -n "$SPACE" patch gateway door --type=json -p '[{"op": "replace", "path": "/spec/listeners/0/port", "value": 80}]'
    kubectl -n "$ELSEWHERE" patch referencegrant door --type=json \
      -p '[{"op": "replace", "path": "/spec/from/0/kind", "value": "Gateway"}]' ;;
  backend)
    kubectl -n "$SPACE" patch httproute menu --type=json \
      -p '[{"op": "replace", "path": "/spec/rules/0/backendRefs/0/port", "value": 80}]'
    kubectl -n "$ELSEWHERE" patch service orders -p '{"spec":{"selector":{"app":"orders"}}}'
    kubectl apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: orders, namespace: $ELSEWHERE}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: $SPACE}]
  to: [{group: "", kind: Service, name: orders}]
END
    ;;
esac
