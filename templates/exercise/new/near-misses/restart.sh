# The pods were never ill: new ones are no better.
kubectl -n "$SPACE" rollout restart deployment "$APP"
