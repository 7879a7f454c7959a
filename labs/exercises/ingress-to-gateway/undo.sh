# Objects of the Gateway API elsewhere than in the exercise's own namespaces: what is new goes, and the lab's own are as
# the lab renders them.
before=$(kubectl -n gateway get configmap "before-$SPACE" --ignore-not-found -o 'jsonpath={.data.names}')
kubectl get gateways,httproutes,referencegrants -A \
  -o 'jsonpath={range .items[*]}{.kind} {.metadata.namespace} {.metadata.name}{"\n"}{end}' > now.txt
while read -r kind place name; do
  [[ -z $before ]] || grep -qxF "$kind $place $name" <<< "$before" ||
    kubectl -n "$place" delete "$kind" "$name" --ignore-not-found
done < now.txt
box "$CONTROL_PLANE" 'cat /etc/kubernetes/addons/71-gateway.yaml' |
  awk 'BEGIN {RS = "---\n"} /kind: (Gateway|GatewayClass|IngressClass)\n/ {printf "---\n%s", $0}' > lab.yaml
kubectl replace -f lab.yaml || kubectl apply --server-side --force-conflicts -f lab.yaml
