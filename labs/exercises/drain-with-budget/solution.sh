kubectl cordon "$TARGET"
if [[ $BUDGET == minAvailable ]]; then
  kubectl -n "$SPACE" scale deployment "$APP" --replicas=$((REPLICAS * 2))
else
  # "100 %" follows the replicas: only a rollout, which no budget holds up, moves them.
  kubectl -n "$SPACE" rollout restart deployment "$APP"
fi
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
kubectl drain "$TARGET" --ignore-daemonsets --delete-emptydir-data --pod-selector="app=$APP" --timeout=60s
