case $WRONG in
  order)
    kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[
      {"op":"move","from":"/spec/template/spec/containers/0/env/0","path":"/spec/template/spec/containers/0/env/2"}]' ;;
  mode)
    kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"template":{"spec":{"securityContext":{"fsGroup":1000}}}}}' ;;
  key)
    kubectl -n "$SPACE" create configmap settings --from-literal=limits.conf=limit=40 --dry-run=client -o yaml \
      | kubectl -n "$SPACE" apply -f -
    kubectl -n "$SPACE" rollout restart deployment "$APP" ;;
esac
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
