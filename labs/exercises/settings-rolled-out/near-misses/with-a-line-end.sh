# variants: wrong=path
# As `echo` writes it.
kubectl -n "$SPACE" patch configmap settings --type=merge -p '{"data":{"limit":"'"$LIMIT"'"}}'
kubectl -n "$SPACE" patch secret access --type=merge -p '{"data":{"password":"'"$(echo "$WORD" | base64)"'"}}'
kubectl -n "$SPACE" rollout restart deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
