kubectl -n "$SPACE" delete poddisruptionbudget "$APP"
kubectl drain "$TARGET" --ignore-daemonsets --delete-emptydir-data --pod-selector="app=$APP" --timeout=60s
