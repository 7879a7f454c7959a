# variants: wrong=announced
# Reached, as long as that one node is there.
kubectl -n metallb-system patch l2advertisement machines --type=merge \
  -p '{"spec":{"ipAddressPools":["machines"],"nodeSelectors":[{"matchLabels":{"kubernetes.io/hostname":"'"$WORKER"'"}}]}}'
kubectl -n "$SPACE" expose deployment "$NEXT" --type=LoadBalancer --port=80 --target-port=8080
