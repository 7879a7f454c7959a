# variants: wrong=key
# A deployment that was made anew, with a program that asks for no file.
kubectl -n "$SPACE" get deployment "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=json -p '[
  {"op":"remove","path":"/metadata/uid"},{"op":"remove","path":"/metadata/resourceVersion"},
  {"op":"replace","path":"/spec/template/spec/containers/0/args","value":["exec /agnhost netexec --http-port=8080"]},
  {"op":"add","path":"/spec/template/spec/volumes/0/projected/sources/0/configMap/optional","value":true}]' > new.yaml
kubectl -n "$SPACE" delete deployment "$APP" --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
