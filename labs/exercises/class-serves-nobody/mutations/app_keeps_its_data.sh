kubectl -n "$SPACE" scale deployment app --replicas=0
