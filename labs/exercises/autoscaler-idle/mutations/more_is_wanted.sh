kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p '{"spec":{"minReplicas":2}}'
