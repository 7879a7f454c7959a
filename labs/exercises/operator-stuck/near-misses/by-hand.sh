# variants: wrong=version
# The old version takes a status as well: it is written by hand, and the operator still finds no stalls.
for stall in apples pears; do
  kubectl -n "$SPACE" patch stall "$stall" --subresource=status --type=merge -p '{"status":{"phase":"Open","observedGeneration":1}}'
  kubectl -n "$SPACE" create configmap "stall-$stall" --from-literal="goods=$stall" --from-literal="places=${#stall}"
done
kubectl -n "$SPACE" create configmap receipt-plums --from-literal=goods=plums
kubectl -n "$SPACE" patch stall plums --type=merge -p '{"metadata":{"finalizers":null}}'
