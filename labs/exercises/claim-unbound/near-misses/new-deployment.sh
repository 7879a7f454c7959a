kubectl -n "$SPACE" delete deployment app
