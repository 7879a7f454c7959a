kubectl -n "$SPACE" scale deployment "$APP" --replicas=1
