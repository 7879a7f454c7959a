kubectl -n "$SPACE" delete deployment diary
