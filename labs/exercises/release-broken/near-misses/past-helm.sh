# variants: wrong=broken, wrong=pending
# What runs is right; the release knows nothing of it, and the next upgrade takes it away.
kubectl -n "$SPACE" patch configmap "$APP" --type=merge -p '{"data":{"GREETING":"'"$WORD"', come in"}}'
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"replicas":'"$REPLICAS"',"template":{"spec":{"containers":[
  {"name":"counter","image":"'"$IMAGE"'"}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
