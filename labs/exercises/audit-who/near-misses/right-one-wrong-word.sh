kubectl -n "$SPACE" delete configmap answer
kubectl -n "$SPACE" create configmap answer --from-literal=account="$CULPRIT" --from-literal=verb=remove
