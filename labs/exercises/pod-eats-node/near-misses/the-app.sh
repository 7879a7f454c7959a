# variants: container=clock
# The right pod; what it is called after is taken for what eats.
pod=$(kubectl -n "$SPACE$ENDING" get pods -l "app=$CULPRIT" -o jsonpath='{.items[0].metadata.name}')
kubectl -n "$SPACE" patch configmap answer --type=merge \
  -p '{"data":{"namespace":"'"$SPACE$ENDING"'","pod":"'"$pod"'","container":"app"}}'
kubectl -n "$SPACE$ENDING" scale deployment "$CULPRIT" --replicas=0
until_true 20 kubectl -n "$SPACE$ENDING" wait pods -l "app=$CULPRIT" --for=delete --timeout=5s
