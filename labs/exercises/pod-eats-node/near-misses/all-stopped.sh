# Named rightly, and nobody works any more.
pod=$(kubectl -n "$SPACE$ENDING" get pods -l "app=$CULPRIT" -o jsonpath='{.items[0].metadata.name}')
kubectl -n "$SPACE" patch configmap answer --type=merge \
  -p '{"data":{"namespace":"'"$SPACE$ENDING"'","pod":"'"$pod"'","container":"'"$CONTAINER"'"}}'
for space in "$SPACE" "$SPACE-next" "$SPACE-new"; do kubectl -n "$space" scale deployments --all --replicas=0; done
until_true 20 kubectl -n "$SPACE$ENDING" wait pods -l "app=$CULPRIT" --for=delete --timeout=5s
