kubectl cordon "$TARGET"
kubectl -n "$SPACE" scale deployment "$APP" --replicas=0
