route() { # NAME HOST SECTION RULES
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: $1}
spec:
  parentRefs: [$3]
  hostnames: ["$2"]
  rules:
$4
END
}
rule() { # PATH TYPE SERVICE
  echo "    - {matches: [{path: {type: $2, value: $1}}], backendRefs: [{name: $3, port: 80}]}"
}
front=$(rule / PathPrefix front)
case $CARRY in
  paths) route shop "$SPACE.$LAB.test" '{name: gateway, namespace: gateway}' "$front
$(rule /till/open Exact till)" ;;
  tls)
    kubectl -n "$SPACE" apply -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: shop}
spec:
  gatewayClassName: traefik
  listeners: [{name: https, protocol: HTTPS, port: 443, hostname: $SPACE.example, tls: {certificateRefs: [{name: shop}]}}]
END
    route shop "$SPACE.example" '{name: shop}' "$front
$(rule /till PathPrefix till)" ;;
  hosts)
    route front "$SPACE.example" '{name: gateway, namespace: gateway, sectionName: http}' "$front"
    route till "*.$SPACE.example" '{name: gateway, namespace: gateway, sectionName: http}' "$(rule /till PathPrefix till)" ;;
esac
# Traefik takes what is new every two seconds: the routes serve before the Ingress goes.
sleep 4
kubectl -n "$SPACE" delete ingress shop
sleep 4
