# Without a startup probe: the first look comes when even a slow start is over. The port by its name, another path.
kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[{"op": "replace", "path": "/spec/template/spec/containers/0/livenessProbe",
  "value": {"httpGet": {"path": "/hostname", "port": "web"}, "initialDelaySeconds": 45}}]'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
