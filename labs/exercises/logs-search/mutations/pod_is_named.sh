kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"pod":"'"$APP"'-1"}}'
