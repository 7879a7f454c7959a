kubectl -n "$SPACE" set serviceaccount deployment worker default
