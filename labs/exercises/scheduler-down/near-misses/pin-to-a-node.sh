# The pods run, but nobody will place the next one.
kubectl -n "$SPACE" patch deployment "$APP" -p "{\"spec\":{\"template\":{\"spec\":{\"nodeName\":\"$WORKER\"}}}}"
