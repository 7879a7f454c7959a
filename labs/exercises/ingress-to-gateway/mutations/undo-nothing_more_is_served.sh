kubectl -n "$SPACE" delete httproute more
