kubectl -n "$SPACE" scale deployment ferry --replicas=0
