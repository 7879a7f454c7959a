case $WRONG in
  taint) kubectl taint nodes --all reserved- > /dev/null || true ;;
  request) kubectl -n "$SPACE" set resources deployment "$APP" --requests=cpu=50m ;;
  quota) kubectl -n "$SPACE" patch quota "$SPACE" -p '{"spec":{"hard":{"pods":"10"}}}' ;;
  affinity) kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[{"op": "remove", "path": "/spec/template/spec/affinity"}]' ;;
esac
# A replica set that was refused tries again after a while; a new rollout asks at once.
kubectl -n "$SPACE" rollout restart deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
