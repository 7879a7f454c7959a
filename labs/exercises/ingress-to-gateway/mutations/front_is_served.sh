kubectl -n "$SPACE" scale deployment front --replicas=0
