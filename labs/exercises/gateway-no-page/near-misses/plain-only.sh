# variants: wrong=listener
# It answers over HTTP; the certificate is another's still.
kubectl -n "$SPACE" patch gateway door --type=json -p '[{"op": "replace", "path": "/spec/listeners/0/port", "value": 80}]'
