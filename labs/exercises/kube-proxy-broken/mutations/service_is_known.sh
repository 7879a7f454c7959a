# also red: proxy_runs
kubectl -n "$SPACE" patch service "$APP" -p '{"spec":{"selector":{"app":"nobody"}}}'
