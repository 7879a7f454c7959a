# Both pages, for every host of the world.
kubectl -n "$SPACE" delete ingresses --all
kubectl -n "$SPACE" patch service tables -p '{"spec":{"selector":{"app":"tables"}}}'
kubectl -n "$SPACE" apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: both}
spec:
  tls: [{hosts: [$SPACE.example], secretName: inn}]
  rules:
    - http:
        paths:
          - {path: /menu, pathType: Prefix, backend: {service: {name: menu, port: {number: 80}}}}
          - {path: /tables, pathType: Prefix, backend: {service: {name: tables, port: {number: 80}}}}
END
