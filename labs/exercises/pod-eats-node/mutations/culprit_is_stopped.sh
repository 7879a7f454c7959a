kubectl -n "$SPACE$ENDING" scale deployment "$CULPRIT" --replicas=1
