kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
[[ $WRONG != quota ]] || kubectl -n "$SPACE" create quota "$SPACE" --hard=pods=3

# edition EDITION IMAGE PORT: the deployment as that revision has it; the probe asks PORT.
edition() {
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: 3
  progressDeadlineSeconds: 600
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: "$2"
          imagePullPolicy: IfNotPresent
          args: [netexec, --http-port=8080]
          env: [{name: EDITION, value: $1}]
          readinessProbe: {httpGet: {path: /hostname, port: $3}, periodSeconds: 1}
END
}
# Its newest replica set has made a pod: the rollout is on its way.
begun() { [[ $(kubectl -n "$SPACE" get deployment "$APP" -o jsonpath='{.status.updatedReplicas}') == 1 ]]; }
done_() { kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=90s; }

edition spring "$IMAGE" 8080
done_
case $WRONG in
  image) edition summer "$IMAGE" 8080 && done_
    edition autumn "$IMAGE-autumn" 8080
    until_true 20 begun ;;
  twice) edition summer "$IMAGE" 8081
    until_true 20 begun
    edition autumn "$IMAGE-autumn" 8080
    until_true 20 begun ;;
  paused) edition summer "$IMAGE" 8080 && done_
    edition autumn "$IMAGE" 8081
    until_true 20 begun
    kubectl -n "$SPACE" rollout pause deployment "$APP" ;;
  quota) edition autumn "$IMAGE" 8080
    until_true 30 kubectl -n "$SPACE" wait deployment "$APP" --for=condition=ReplicaFailure --timeout=1s ;;
esac
