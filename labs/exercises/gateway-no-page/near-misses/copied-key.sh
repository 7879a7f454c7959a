# variants: wrong=listener
# All pages, with the key in two namespaces.
kubectl -n "$ELSEWHERE" get secret door -o yaml > door.yaml
kubectl patch --local -f door.yaml -o yaml --type=merge \
  -p '{"metadata":{"namespace":"'"$SPACE"'","uid":null,"resourceVersion":null}}' | kubectl create -f -
kubectl -n "$SPACE" patch gateway door --type=json -p '[
  {"op": "replace", "path": "/spec/listeners/0/port", "value": 80},
  {"op": "replace", "path": "/spec/listeners/1/tls/certificateRefs", "value": [{"name": "door"}]}]'
