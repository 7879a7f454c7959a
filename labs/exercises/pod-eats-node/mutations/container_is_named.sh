kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"container":"nothing"}}'
