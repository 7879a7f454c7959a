case $FAULT in
  frontend-selector) kubectl -n guestbook set selector service frontend app=guestbook,tier=frontend ;;
  frontend-port)
    kubectl -n guestbook patch service frontend --type=json -p '[{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8080}]' ;;
  *)
    # The name that the frontends were given is made to lead to redis.
    value=$(kubectl -n guestbook get deployment frontend -o jsonpath='{.spec.template.spec.containers[0].env[?(@.name=="REDIS_LEADER")].value}')
    name=${value%%:*}
    kubectl -n guestbook expose service redis-leader --name="${name%%.*}" --port=6379 ;;
esac
kubectl -n guestbook rollout status deployment/frontend --timeout=80s
