kubectl create namespace "$SPACE"
workers=$(kubectl get nodes -l '!node-role.kubernetes.io/control-plane' -o name | wc -l)
kubectl taint nodes "$TARGET" "maintenance=$REASON:$EFFECT"
case $WRONG in
  effect) agent='{key: maintenance, operator: Exists, effect: NoExecute}' ;;
  value) agent='{key: maintenance, operator: Equal, value: network}' ;;
  seconds) agent='{key: maintenance, operator: Exists, effect: NoExecute, tolerationSeconds: 4}' ;;
esac
until_true 10 kubectl -n "$SPACE" get serviceaccount default
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: till}
spec:
  replicas: $workers
  selector: {matchLabels: {app: till}}
  template:
    metadata: {labels: {app: till}}
    spec:
      terminationGracePeriodSeconds: 1
      tolerations: [{key: maintenance, operator: Exists}]
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: DoNotSchedule
          nodeTaintsPolicy: Honor
          labelSelector: {matchLabels: {app: till}}
      containers:
        - name: app
          image: "$IMAGE"
          args: [netexec, --http-port=8080]
          readinessProbe: {httpGet: {path: /hostname, port: 8080}, periodSeconds: 1}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: $AGENT}
spec:
  selector: {matchLabels: {app: $AGENT}}
  template:
    metadata: {labels: {app: $AGENT}}
    spec:
      terminationGracePeriodSeconds: 1
      tolerations: [$agent]
      containers: [{name: app, image: "$IMAGE", args: [pause]}]
END
kubectl -n "$SPACE" rollout status deployment till --timeout=60s
