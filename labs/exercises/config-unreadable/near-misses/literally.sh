# variants: wrong=order
# It runs; the word stands where everybody reads it.
kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/env",
  "value":[{"name":"STORE_URL","value":"http://'"$LOGIN:$WORD"'@store/"}]}]'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
