# also red: scheduler_runs
kubectl -n "$SPACE" scale deployment "$APP" --replicas=0
