# Room is made by a stall that is open.
kubectl -n "$SPACE" delete service hops kale "$SHOP"
for name in "$SHOP" "$NEXT"; do
  kubectl -n "$SPACE" expose deployment "$name" --type=LoadBalancer --port=80 --target-port=8080
done
