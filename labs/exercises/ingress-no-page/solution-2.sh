# One Ingress for both, of the default class, by the ports' numbers; the service is made anew.
kubectl -n "$SPACE" delete ingresses --all
kubectl -n "$SPACE" delete service tables
kubectl -n "$SPACE" expose deployment tables --port=8080 --type=ClusterIP
kubectl -n "$SPACE" apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: both}
spec:
  tls: [{secretName: inn}]
  rules:
    - host: $SPACE.example
      http:
        paths:
          - {path: /menu, pathType: Prefix, backend: {service: {name: menu, port: {number: 80}}}}
          - {path: /tables/, pathType: ImplementationSpecific, backend: {service: {name: tables, port: {number: 8080}}}}
          - {path: /tables, pathType: Exact, backend: {service: {name: tables, port: {number: 8080}}}}
END
