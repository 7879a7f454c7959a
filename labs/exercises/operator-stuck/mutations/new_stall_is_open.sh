kubectl -n "$SPACE" delete stall "$NAME" --timeout=30s
