# variants: wrong=key
# The pod starts without the file, and the program does not.
kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[
  {"op":"add","path":"/spec/template/spec/volumes/0/projected/sources/0/configMap/optional","value":true}]'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=8s || true
