# One pod that knows one name.
kubectl -n "$SPACE" delete pod asker --now
kubectl -n "$SPACE" run asker --image="$IMAGE" \
  --overrides="{\"spec\":{\"hostAliases\":[{\"ip\":\"$API_SERVICE\",\"hostnames\":[\"kubernetes.default.svc.$DOMAIN\"]}]}}" -- pause
