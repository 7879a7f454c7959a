case $WRONG in
  order)
    # The address is in the Secret as a whole.
    kubectl -n "$SPACE" patch secret store --type=merge -p '{"stringData":{"url":"http://'"$LOGIN:$WORD"'@store/"}}'
    kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/env",
      "value":[{"name":"STORE_URL","valueFrom":{"secretKeyRef":{"name":"store","key":"url"}}}]}]' ;;
  mode)
    # In a volume of its own, readable for everybody in the container.
    kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[{"op":"replace","path":"/spec/template/spec/volumes/1",
      "value":{"name":"keys","secret":{"secretName":"store","defaultMode":292,"items":[{"key":"word","path":"token"}]}}}]' ;;
  key)
    kubectl -n "$SPACE" patch deployment "$APP" --type=json -p '[{"op":"replace","path":"/spec/template/spec/volumes/0",
      "value":{"name":"settings","configMap":{"name":"settings","items":[{"key":"limits","path":"limits.conf"}]}}}]' ;;
esac
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
