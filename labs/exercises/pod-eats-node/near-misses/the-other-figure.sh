# The pod that uses the most of the other resource.
space=$SPACE
[[ -n $ENDING ]] || space=$SPACE-new
pod=$(kubectl -n "$space" get pods -l app=till -o jsonpath='{.items[0].metadata.name}')
kubectl -n "$SPACE" patch configmap answer --type=merge \
  -p '{"data":{"namespace":"'"$space"'","pod":"'"$pod"'","container":"app"}}'
kubectl -n "$space" scale deployment till --replicas=0
