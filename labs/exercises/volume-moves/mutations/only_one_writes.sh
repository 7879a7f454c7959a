kubectl -n "$SPACE" scale deployment old-diary --replicas=1
