# It runs today, because the barges were sent away by hand.
kubectl -n "$SPACE" scale deployment barges --replicas=0
kubectl -n "$SPACE" rollout status deployment ferry --timeout=60s
