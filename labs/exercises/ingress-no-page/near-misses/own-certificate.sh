# variants: wrong=certificate
# A secret of the name that is asked for, with a certificate that no client trusts; the right one is deleted.
openssl req -x509 -newkey rsa:2048 -nodes -days 3 -subj "/CN=$SPACE.example" \
  -addext "subjectAltName=DNS:$SPACE.example" -keyout tls.key -out tls.crt 2> openssl.txt
kubectl -n "$SPACE" create secret tls inn-tls --cert=tls.crt --key=tls.key
kubectl -n "$SPACE" delete secret inn
kubectl -n "$SPACE" patch ingress tables --type=json \
  -p '[{"op": "replace", "path": "/spec/rules/0/http/paths/0/pathType", "value": "Prefix"}]'
