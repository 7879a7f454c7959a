# The deployment is not what was broken.
kubectl -n "$SPACE" delete deployment "$APP"
