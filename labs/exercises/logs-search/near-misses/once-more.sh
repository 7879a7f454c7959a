# The right answer, and the pod is gone: it was to say it once more.
kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"pod":"'"$APP-$CULPRIT"'","code":"'"$CODE"'"}}'
kubectl -n "$SPACE" delete pod "$APP-$CULPRIT" --now
