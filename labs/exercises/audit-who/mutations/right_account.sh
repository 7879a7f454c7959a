# also red: right_verb
kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"account":"nobody"}}'
