# The closed stalls keep a service inside the cluster; the class goes by way of another type; an advertisement for all.
case $WRONG in
  used)
    for name in $(kubectl -n "$SPACE" get services -o 'jsonpath={.items[*].metadata.name}'); do
      kubectl -n "$SPACE" get deployment "$name" > /dev/null 2>&1 ||
        kubectl -n "$SPACE" patch service "$name" -p '{"spec":{"type":"ClusterIP"}}'
    done ;;
  asks)
    kubectl -n "$SPACE" patch service "$SHOP" --type=merge -p '{"spec":{"type":"ClusterIP","loadBalancerClass":null}}'
    kubectl -n "$SPACE" annotate service "$SHOP" metallb.io/loadBalancerIPs-
    kubectl -n "$SPACE" patch service "$SHOP" -p '{"spec":{"type":"LoadBalancer"}}' ;;
  announced)
    kubectl apply -f - <<END
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: everything, namespace: metallb-system}
END
    ;;
esac
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: Service
metadata: {name: $NEXT, annotations: {metallb.io/address-pool: machines}}
spec:
  type: LoadBalancer
  allocateLoadBalancerNodePorts: false
  externalTrafficPolicy: Local
  selector: {app: $NEXT}
  ports: [{name: web, port: 80, targetPort: 8080}, {name: same, port: 8080}]
END
