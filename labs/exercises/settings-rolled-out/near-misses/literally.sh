# variants: wrong=immutable
# The values are there, written into the deployment and a ConfigMap.
kubectl -n "$SPACE" create configmap access --from-literal="password=$WORD"
kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[
  {"op":"replace","path":"/spec/template/spec/containers/0/env","value":[{"name":"LIMIT","value":"'"$LIMIT"'"}]},
  {"op":"replace","path":"/spec/template/spec/volumes","value":[{"name":"access","configMap":{"name":"access"}}]}]'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
