kubectl -n "$SPACE" delete deployment stranger
