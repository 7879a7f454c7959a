kubectl -n "$SPACE" delete configmap answer
kubectl -n "$SPACE" create configmap answer --from-literal=pod="$APP-$CULPRIT" --from-literal=code="$CODE"
