case $FAULT in
  frontend-selector) kubectl -n guestbook patch service frontend -p '{"spec":{"selector":{"app":"guestbook","tier":"frontend"}}}' ;;
  frontend-port)
    kubectl -n guestbook patch service frontend --type=json \
      -p '[{"op": "replace", "path": "/spec/ports/0/targetPort", "value": "http"}]' ;;
  *) kubectl -n guestbook set env deployment/frontend REDIS_LEADER=redis-leader:6379 ;;
esac
kubectl -n guestbook rollout status deployment/frontend --timeout=80s
