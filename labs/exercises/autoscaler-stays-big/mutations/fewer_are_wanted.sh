kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p '{"spec":{"maxReplicas":4}}'
