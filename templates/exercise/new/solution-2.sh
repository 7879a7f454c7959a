# The task does not say to keep the service: a new one for the deployment is as good.
kubectl -n "$SPACE" delete service "$APP"
kubectl -n "$SPACE" expose deployment "$APP" --port=80 --target-port=8080
