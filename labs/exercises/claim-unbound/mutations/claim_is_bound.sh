# also red: app_runs
kubectl -n "$SPACE" scale deployment app --replicas=0
kubectl -n "$SPACE" delete pvc "$CLAIM" --timeout=60s
