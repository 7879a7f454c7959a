# The pods are right: a restart does not help.
kubectl -n "$SPACE" rollout restart deployment "$APP"
