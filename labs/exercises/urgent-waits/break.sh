kubectl create namespace "$SPACE"
berths=0
for worker in $(kubectl get nodes -l '!node-role.kubernetes.io/control-plane' -o jsonpath='{.items[*].metadata.name}'); do
  kubectl patch node "$worker" --subresource=status --type=merge \
    -p '{"status":{"capacity":{"kubelab.example/berth":"1"},"allocatable":{"kubelab.example/berth":"1"}}}'
  berths=$((berths + 1))
done
until_true 10 kubectl -n "$SPACE" get serviceaccount default
kubectl create priorityclass freight --value=100
class="priorityClassName: $CLASS"
case $WRONG in
  missing) class='' ;;
  value) kubectl create priorityclass "$CLASS" --value=10 ;;
  policy) kubectl create priorityclass "$CLASS" --value=1000 --preemption-policy=Never ;;
esac
deployment() { # NAME REPLICAS CLASS
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  replicas: $2
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      $3
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: "$IMAGE", args: [pause], resources: {limits: {kubelab.example/berth: 1}}}]
END
}
# Each has a moment to be placed: a class that the API server has just been given may be unknown to it still.
until_true 10 deployment barges "$berths" 'priorityClassName: freight'
kubectl -n "$SPACE" rollout status deployment barges --timeout=60s
deployment ferry 1 "$class"
