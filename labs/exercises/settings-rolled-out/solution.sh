case $WRONG in
  immutable)
    kubectl -n "$SPACE" create configmap settings-today --from-literal="limit=$LIMIT"
    kubectl -n "$SPACE" create secret generic access --from-literal="password=$WORD" --dry-run=client -o yaml \
      | kubectl -n "$SPACE" apply -f -
    kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"template":{"spec":{"containers":[{"name":"app",
      "env":[{"name":"LIMIT","valueFrom":{"configMapKeyRef":{"name":"settings-today","key":"limit"}}}]}]}}}}' ;;
  *)
    kubectl -n "$SPACE" patch configmap settings --type=merge -p '{"data":{"limit":"'"$LIMIT"'"}}'
    kubectl -n "$SPACE" patch secret access --type=merge -p '{"stringData":{"password":"'"$WORD"'"}}'
    kubectl -n "$SPACE" rollout restart deployment "$APP" ;;
esac
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
