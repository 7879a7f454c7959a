kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create quota "$SPACE" --hard="pods=$HARD"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
affinity='{}'
[[ $WRONG != affinity ]] || affinity='{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [fast]}]}]}}}'
if [[ $WRONG == taint ]]; then
  kubectl taint nodes -l '!node-role.kubernetes.io/control-plane' "reserved=$SPACE:NoSchedule"
fi
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: 3
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      affinity: $affinity
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: "$IMAGE", args: [netexec, --http-port=8080], resources: {requests: {cpu: "$CPU"}}}]
END
