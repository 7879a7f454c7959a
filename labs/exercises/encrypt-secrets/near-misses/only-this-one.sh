# Another name for the same words; and the next one lies there as before.
kubectl -n "$SPACE" patch secret "$ITEM" -p '{"metadata":{"labels":{"encrypted":"true"}}}'
