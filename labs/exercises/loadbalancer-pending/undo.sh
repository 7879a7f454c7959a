# MetalLB's own objects: what is new goes, and the lab's are as the lab renders them.
before=$(kubectl -n metallb-system get configmap "before-$SPACE" --ignore-not-found -o 'jsonpath={.data.names}')
for name in $(kubectl -n metallb-system get ipaddresspools,l2advertisements -o name); do
  [[ -z $before ]] || grep -qxF "$name" <<< "$before" || kubectl -n metallb-system delete "$name"
done
box "$CONTROL_PLANE" 'cat /etc/kubernetes/addons/61-loadbalancer.yaml' |
  awk 'BEGIN {RS = "---\n"} /kind: (IPAddressPool|L2Advertisement)\n/ {printf "---\n%s", $0}' > lab.yaml
kubectl replace -f lab.yaml || kubectl apply --server-side --force-conflicts -f lab.yaml
