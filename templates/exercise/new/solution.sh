kubectl -n "$SPACE" patch service "$APP" -p "{\"spec\":{\"selector\":{\"app\":\"$APP\"}}}"
kubectl -n "$SPACE" patch service "$APP" --type=json \
  -p '[{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8080}]'
