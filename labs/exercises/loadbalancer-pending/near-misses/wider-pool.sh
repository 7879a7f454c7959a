# variants: wrong=used, wrong=asks
# There are addresses enough when the pool has more of them.
range=$(kubectl -n metallb-system get ipaddresspool machines -o 'jsonpath={.spec.addresses[0]}')
first=${range%-*}
kubectl -n metallb-system patch ipaddresspool machines --type=merge \
  -p '{"spec":{"addresses":["'"${first%.*}.$((${first##*.} - 2))-${range#*-}"'"]}}'
kubectl -n "$SPACE" delete service "$SHOP"
for name in "$SHOP" "$NEXT"; do
  kubectl -n "$SPACE" expose deployment "$name" --type=LoadBalancer --port=80 --target-port=8080
done
