# also red: controllers_run
kubectl -n "$SPACE" scale deployment "$APP" --replicas=0
