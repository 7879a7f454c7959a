# A new deployment may work, but the task says to leave it.
kubectl -n "$SPACE" delete deployment "$APP"
