# Named rightly, in another config map; its pod is deleted, and comes back.
pod=$(kubectl -n "$SPACE$ENDING" get pods -l "app=$CULPRIT" -o jsonpath='{.items[0].metadata.name}')
kubectl -n "$SPACE" delete configmap answer
kubectl -n "$SPACE" create configmap answer --from-literal=namespace="$SPACE$ENDING" --from-literal=pod="$pod" \
  --from-literal=container="$CONTAINER"
kubectl -n "$SPACE$ENDING" delete pod "$pod" --wait=false
