kubectl -n "$SPACE" patch service "$SHOP" -p '{"spec":{"selector":{"app":"closed"}}}'
