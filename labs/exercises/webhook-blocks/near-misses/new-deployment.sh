kubectl -n "$SPACE" delete deployment app
kubectl -n "$SPACE" create deployment app --image="$IMAGE" -- /agnhost netexec --http-port=8080
