kubectl -n "$SPACE" scale deployment till --replicas=2
