case $WRONG in
  used)
    for name in $(kubectl -n "$SPACE" get services -o 'jsonpath={.items[*].metadata.name}'); do
      kubectl -n "$SPACE" get deployment "$name" > /dev/null 2>&1 || kubectl -n "$SPACE" delete service "$name"
    done ;;
  asks)
    kubectl -n "$SPACE" delete service "$SHOP"
    kubectl -n "$SPACE" expose deployment "$SHOP" --type=LoadBalancer --port=80 --target-port=8080 ;;
  announced)
    kubectl -n metallb-system patch l2advertisement machines --type=merge -p '{"spec":{"ipAddressPools":["machines"]}}' ;;
esac
kubectl -n "$SPACE" expose deployment "$NEXT" --type=LoadBalancer --port=80 --target-port=8080
