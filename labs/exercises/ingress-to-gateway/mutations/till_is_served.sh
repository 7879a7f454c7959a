kubectl -n "$SPACE" patch service till -p '{"spec":{"selector":{"app":"desk"}}}'
