# The task does not ask to keep the service: a new one for the deployment also solves it.
kubectl -n "$SPACE" delete service "$APP"
kubectl -n "$SPACE" expose deployment "$APP" --port=80 --target-port=8080
