# Everything anew: one route for both pages, for any host of the listeners; one grant for both, another port of the service.
host=$SPACE.example
kubectl -n "$SPACE" delete httproutes menu orders
kubectl -n "$SPACE" delete gateway door
kubectl -n "$ELSEWHERE" delete referencegrants --all
kubectl -n "$ELSEWHERE" patch service orders --type=merge \
  -p '{"spec":{"selector":{"app":"orders"},"ports":[{"name":"web","port":8000,"targetPort":8080}]}}'
kubectl apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: $SPACE}
spec:
  gatewayClassName: traefik
  listeners:
    - {name: open, protocol: HTTP, port: 80, hostname: "*.example"}
    - {name: safe, protocol: HTTPS, port: 443, hostname: $host, tls: {certificateRefs: [{name: door, namespace: $ELSEWHERE}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: pages, namespace: $SPACE}
spec:
  parentRefs: [{name: door, sectionName: open}, {name: door, sectionName: safe}]
  hostnames: [$host]
  rules:
    - matches: [{path: {value: /menu}}]
      backendRefs: [{name: menu, port: 80}]
    - matches: [{path: {type: RegularExpression, value: "/orders(/.*)?"}}]
      backendRefs: [{name: orders, namespace: $ELSEWHERE, port: 8000}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: both, namespace: $ELSEWHERE}
spec:
  from:
    - {group: gateway.networking.k8s.io, kind: Gateway, namespace: $SPACE}
    - {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: $SPACE}
  to: [{group: "", kind: Secret, name: door}, {group: "", kind: Service, name: orders}]
END
