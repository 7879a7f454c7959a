# The new deployment waits like the old one, and the old one should have stayed.
kubectl -n "$SPACE" delete deployment "$APP"
kubectl -n "$SPACE" create deployment "$APP" --image="$IMAGE" --replicas=2 -- /agnhost netexec --http-port=8080
