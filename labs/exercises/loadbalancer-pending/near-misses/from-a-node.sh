# A node's own address is none of the pool.
address=$(kubectl get node "$WORKER" -o 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')
kubectl -n "$SPACE" delete service "$SHOP"
for name in "$SHOP" "$NEXT"; do
  kubectl -n "$SPACE" expose deployment "$name" --type=ClusterIP --port=80 --target-port=8080 --external-ip="$address"
done
