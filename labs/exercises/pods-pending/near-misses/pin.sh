kubectl -n "$SPACE" patch deployment "$APP" -p "{\"spec\":{\"template\":{\"spec\":{\"nodeName\":\"$WORKER\"}}}}"
