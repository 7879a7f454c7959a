case $WRONG in
  taint)
    kubectl -n "$SPACE" patch deployment "$APP" --type=merge \
      -p '{"spec":{"template":{"spec":{"tolerations":[{"key":"reserved","operator":"Exists","effect":"NoSchedule"}]}}}}' ;;
  request)
    kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[{"op": "remove", "path": "/spec/template/spec/containers/0/resources"}]' ;;
  quota)
    # Counted as objects are, and written as the API does not write it.
    kubectl -n "$SPACE" patch quota "$SPACE" --type=json -p '[{"op": "replace", "path": "/spec/hard", "value": {"count/pods": "1e1"}}]'
    kubectl -n "$SPACE" rollout restart deployment "$APP" ;;
  affinity) kubectl label nodes -l '!node-role.kubernetes.io/control-plane' disk=fast ;;
esac
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
