# Another ConfigMap, with another limit.
kubectl -n "$SPACE" create configmap other --from-literal=limits.conf=limit=4
kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[
  {"op":"replace","path":"/spec/template/spec/volumes/0/projected/sources/0/configMap/name","value":"other"}]'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
