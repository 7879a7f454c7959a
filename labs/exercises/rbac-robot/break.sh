kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create deployment worker --image="$IMAGE" -- /agnhost netexec --http-port=8080
