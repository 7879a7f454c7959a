# New objects of other names: the whole ConfigMap becomes environment, the Secret is one source of a projected volume.
kubectl -n "$SPACE" create configmap today --from-literal="LIMIT=$LIMIT"
kubectl -n "$SPACE" create secret generic today --from-literal="word=$WORD"
kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[
  {"op":"remove","path":"/spec/template/spec/containers/0/env"},
  {"op":"add","path":"/spec/template/spec/containers/0/envFrom","value":[{"configMapRef":{"name":"today"}}]},
  {"op":"replace","path":"/spec/template/spec/containers/0/volumeMounts","value":[{"name":"access","mountPath":"/etc/app"}]},
  {"op":"replace","path":"/spec/template/spec/volumes","value":[{"name":"access","projected":{"sources":[
    {"secret":{"name":"today","items":[{"key":"word","path":"password"}]}}]}}]}]'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
