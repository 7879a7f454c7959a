# The first thing that is found: one page, or the certificate alone.
kubectl -n "$SPACE" patch ingress menu --type=json -p '[
  {"op": "replace", "path": "/spec/ingressClassName", "value": "traefik"},
  {"op": "replace", "path": "/spec/tls/0/secretName", "value": "inn"},
  {"op": "replace", "path": "/spec/rules/0/http/paths/0/backend/service/port/name", "value": "web"}]'
