# Everything runs everywhere: nobody knows of the maintenance any more.
kubectl taint nodes "$TARGET" maintenance-
kubectl -n "$SPACE" rollout status daemonset "$AGENT" --timeout=60s
