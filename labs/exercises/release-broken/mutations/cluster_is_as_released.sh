kubectl -n "$SPACE" patch service "$APP" --type=merge -p '{"spec":{"selector":{"app":"nobody"}}}'
