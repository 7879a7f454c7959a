# variants: wrong=key
# Deleted pods come back with the new values; nobody was served, and nothing was rolled out. One of them will do.
kubectl -n "$SPACE" patch configmap settings --type=merge -p '{"data":{"limit":"'"$LIMIT"'"}}'
kubectl -n "$SPACE" patch secret access --type=merge -p '{"stringData":{"password":"'"$WORD"'"}}'
kubectl -n "$SPACE" delete pods --all --wait=false
kubectl -n "$SPACE" scale deployment "$APP" --replicas=1
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
