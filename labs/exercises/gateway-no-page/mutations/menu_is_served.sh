kubectl -n "$SPACE" patch service menu -p '{"spec":{"selector":{"app":"card"}}}'
