kubectl -n "$SPACE" delete networkpolicy nobody
