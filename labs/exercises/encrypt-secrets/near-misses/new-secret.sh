kubectl -n "$SPACE" delete secret "$ITEM"
