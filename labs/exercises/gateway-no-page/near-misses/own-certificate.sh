# variants: wrong=listener
# Any certificate will do, if the client is told not to look.
openssl req -x509 -newkey rsa:2048 -nodes -days 3 -subj "/CN=$SPACE.example" \
  -addext "subjectAltName=DNS:$SPACE.example" -keyout tls.key -out tls.crt 2> openssl.txt
kubectl -n "$ELSEWHERE" delete secret door
kubectl -n "$SPACE" create secret tls door --cert=tls.crt --key=tls.key
kubectl -n "$SPACE" patch gateway door --type=json -p '[
  {"op": "replace", "path": "/spec/listeners/0/port", "value": 80},
  {"op": "replace", "path": "/spec/listeners/1/tls/certificateRefs", "value": [{"name": "door"}]}]'
