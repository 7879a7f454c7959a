kubectl -n "$SPACE" delete deployment store
kubectl -n "$SPACE" create deployment store --image="$IMAGE" -- /agnhost netexec --http-port=8080
