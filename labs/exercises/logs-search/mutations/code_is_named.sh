kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"code":"K0000"}}'
