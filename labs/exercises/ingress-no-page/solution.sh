replace() { # INGRESS PATH VALUE
  kubectl -n "$SPACE" patch ingress "$1" --type=json -p '[{"op": "replace", "path": "/spec/'"$2"'", "value": "'"$3"'"}]'
}
case $WRONG in
  class)
    replace menu ingressClassName traefik
    replace tables rules/0/host "$SPACE.example" ;;
  backend)
    replace menu rules/0/http/paths/0/backend/service/port/name web
    kubectl -n "$SPACE" patch service tables -p '{"spec":{"selector":{"app":"tables"}}}' ;;
  certificate)
    for name in menu tables; do replace "$name" tls/0/secretName inn; done
    replace tables rules/0/http/paths/0/pathType Prefix ;;
esac
