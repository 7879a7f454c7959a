# Named rightly, and stopped for ever.
pod=$(kubectl -n "$SPACE$ENDING" get pods -l "app=$CULPRIT" -o jsonpath='{.items[0].metadata.name}')
kubectl -n "$SPACE" patch configmap answer --type=merge \
  -p '{"data":{"namespace":"'"$SPACE$ENDING"'","pod":"'"$pod"'","container":"'"$CONTAINER"'"}}'
kubectl -n "$SPACE$ENDING" delete deployment "$CULPRIT" --timeout=30s
