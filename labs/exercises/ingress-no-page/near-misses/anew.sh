# variants: wrong=backend
# Pods of another label for the service that selects none: deleted and made anew.
kubectl -n "$SPACE" patch ingress menu --type=json \
  -p '[{"op": "replace", "path": "/spec/rules/0/http/paths/0/backend/service/port/name", "value": "web"}]'
kubectl -n "$SPACE" delete deployment tables
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: tables}
spec:
  selector: {matchLabels: {app: tables}}
  template:
    metadata: {labels: {app: tables, table: "yes"}}
    spec: {containers: [{name: app, image: "$IMAGE", args: [serve-hostname, --port=8080]}]}
END
kubectl -n "$SPACE" patch service tables --type=merge -p '{"spec":{"selector":{"app":null,"table":"yes"}}}'
kubectl -n "$SPACE" rollout status deployment tables --timeout=60s
