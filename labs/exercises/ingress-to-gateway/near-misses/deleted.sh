# Nothing is left of the Ingress.
kubectl -n "$SPACE" delete ingress shop
