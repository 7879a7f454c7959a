# also red: node_is_empty
kubectl -n "$SPACE" patch poddisruptionbudget "$APP" --type=merge -p '{"spec":{"minAvailable":99}}'
