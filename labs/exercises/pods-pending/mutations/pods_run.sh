# also red: next_one_runs_too
kubectl -n "$SPACE" scale deployment "$APP" --replicas=2
