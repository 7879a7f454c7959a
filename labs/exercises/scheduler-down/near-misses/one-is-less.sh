# The deployment waits for one pod less, and names a scheduler that there is not.
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"replicas":1,"template":{"spec":{"schedulerName":"my-own"}}}}'
