# The Ingress goes first, each of its rules becomes a route, and the Gateway is one's own where a route may have one.
kubectl -n "$SPACE" delete ingress shop
own() { # LISTENERS
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: entrance}
spec: {gatewayClassName: traefik, listeners: [$1]}
END
}
route() { # NAME HOST MATCH SERVICE PARENT
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: $1}
spec:
  parentRefs: [{name: $5}]
  hostnames: ["$2"]
  rules: [{matches: [$3], backendRefs: [{name: $4, port: 80, weight: 3}]}]
END
}
http="{name: plain, protocol: HTTP, port: 80}"
case $CARRY in
  paths)
    for name in front till; do
      match='{}'
      [[ $name == front ]] || match='{path: {type: RegularExpression, value: "^/till/open$"}}'
      route "$name" "$SPACE.$LAB.test" "$match" "$name" 'gateway, namespace: gateway, sectionName: http}, {name: gateway, namespace: gateway, sectionName: https'
    done ;;
  tls)
    own "$http, {name: safe, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: shop}]}}"
    route front "$SPACE.example" '{path: {value: /}}' front 'entrance, sectionName: safe'
    route till "$SPACE.example" '{path: {value: /till}}' till 'entrance, port: 443' ;;
  hosts)
    own "$http"
    route front "$SPACE.example" '{}' front entrance
    route till "*.$SPACE.example" '{path: {type: Exact, value: /till}}, {path: {value: /till/}}' till entrance ;;
esac
# Traefik takes what is new every two seconds: until then it serves the Ingress that is gone.
sleep 4
