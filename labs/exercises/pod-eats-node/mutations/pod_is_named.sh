# also red: container_is_named
kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"pod":"nobody"}}'
