kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
# What MetalLB is told is in no list of objects that are put back: undo.sh has to know which of it is the lab's.
kubectl -n metallb-system create configmap "before-$SPACE" \
  --from-literal=names="$(kubectl -n metallb-system get ipaddresspools,l2advertisements -o name)"
stall() { # NAME
  cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, namespace: $SPACE}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: "$IMAGE"
          args: [serve-hostname, --port=8080]
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
END
}
service() { # NAME [ANNOTATIONS [CLASS]]
  cat <<END
---
apiVersion: v1
kind: Service
metadata: {name: $1, namespace: $SPACE, annotations: {${2:-}}}
spec:
  type: LoadBalancer
  ${3:-}
  selector: {app: $1}
  ports: [{port: 80, targetPort: 8080}]
END
}
addresses() { # NAME…: print the addresses of services.
  kubectl -n "$SPACE" get services "$@" -o 'jsonpath={range .items[*]}{.status.loadBalancer.ingress[0].ip}{"\n"}{end}'
}
served() { [[ $(addresses hops kale | grep -c .) == 2 ]]; }
full() { # Every address of the pool belongs to a service, of this namespace or another.
  local range first last
  range=$(kubectl -n metallb-system get ipaddresspool machines -o 'jsonpath={.spec.addresses[0]}')
  first=${range%-*} last=${range#*-}
  kubectl get services -A -o 'jsonpath={range .items[*]}{.status.loadBalancer.ingress[0].ip}{"\n"}{end}' |
    awk -F. -v net="${first%.*}" -v from="${first##*.}" -v to="${last##*.}" \
      '$1 "." $2 "." $3 == net && $4 >= from && $4 <= to && !seen[$4]++ {held++} END {exit held != to - from + 1}'
}
{ stall hops; stall kale; service hops; service kale; } | kubectl apply -f -
until_true 30 served
asks='' class=''
case $WRONG in
  used)
    for name in apples beets chard cress dates dill figs leeks mint oats pears plums rye sage thyme; do
      service "$name"
    done | kubectl apply -f -
    until_true 30 full
    # One address of the pool is the gateway's, and those of a student's own services are theirs: what waits goes.
    kubectl -n "$SPACE" get services \
      -o 'jsonpath={range .items[*]}{.metadata.name} {.status.loadBalancer.ingress[0].ip}{"\n"}{end}' > services.txt
    while read -r name address; do
      [[ -n $address ]] || kubectl -n "$SPACE" delete service "$name"
    done < services.txt ;;
  asks)
    taken=$(kubectl get node "$WORKER" -o 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')
    asks="metallb.io/loadBalancerIPs: $taken" class='loadBalancerClass: kubelab.example/edge' ;;
  announced)
    # This computer may know from an earlier service which machine has an address, and would reach it unannounced for as
    # long as somebody answers. Only root can make it forget.
    network=$(kubectl -n metallb-system get ipaddresspool machines -o 'jsonpath={.spec.addresses[0]}')
    ip neigh flush to "${network%%-*}/24" 2> /dev/null || true ;;
esac
{ stall "$SHOP"; stall "$NEXT"; service "$SHOP" "$asks" "$class"; } | kubectl apply -f -
kubectl -n "$SPACE" wait deployment --all --for=condition=Available --timeout=60s
