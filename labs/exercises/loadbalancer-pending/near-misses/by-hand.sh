# An address that is only written down.
address=$(kubectl -n "$SPACE" get service kale -o 'jsonpath={.status.loadBalancer.ingress[0].ip}')
kubectl -n "$SPACE" create service loadbalancer "$NEXT" --tcp=80:8080
for name in "$SHOP" "$NEXT"; do
  kubectl -n "$SPACE" patch service "$name" --subresource=status --type=merge \
    -p '{"status":{"loadBalancer":{"ingress":[{"ip":"'"$address"'"}]}}}'
done
