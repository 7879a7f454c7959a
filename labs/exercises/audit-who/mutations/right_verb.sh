kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"verb":"list"}}'
