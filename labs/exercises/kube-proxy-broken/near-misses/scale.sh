kubectl -n "$SPACE" delete deployment "$APP"
