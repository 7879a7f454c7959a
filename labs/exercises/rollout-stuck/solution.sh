case $WRONG in
  image) kubectl -n "$SPACE" rollout undo deployment "$APP" ;;
  twice) kubectl -n "$SPACE" rollout undo deployment "$APP" --to-revision=1 ;;
  paused)
    kubectl -n "$SPACE" rollout resume deployment "$APP"
    kubectl -n "$SPACE" rollout undo deployment "$APP" ;;
  quota)
    kubectl -n "$SPACE" patch deployment "$APP" --type=merge \
      -p '{"spec":{"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":1}}}}'
    # A replica set that was refused tries again after a while; a new one asks at once.
    kubectl -n "$SPACE" rollout restart deployment "$APP" ;;
esac
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
