# The pods are not at fault: new ones are no better.
kubectl -n "$SPACE" rollout restart deployment "$APP"
