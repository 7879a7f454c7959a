# Let the others do it.
kubectl label node "$OTHER_WORKER" "$LABEL=$VALUE"
kubectl -n "$SPACE" patch deployment "$APP" --type=merge -p '{"spec":{"template":{"spec":{"nodeSelector":null}}}}'
