kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
beside='cpu: 5m, memory: 8Mi' name=$APP rules=''
case $WRONG in
  requests) beside='memory: 8Mi' ;;
  rules) name=$APP-old rules='behavior: {scaleUp: {selectPolicy: Disabled}}' ;;
esac
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: 1
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: "$IMAGE"
          command: [sh, -c, "while true; do :; done"]
          resources: {requests: {cpu: 20m, memory: 8Mi}, limits: {cpu: 80m}}
        - {name: clock, image: "$IMAGE", args: [pause], resources: {requests: {$beside}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: $APP}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: $name}
  minReplicas: 1
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
  $rules
END
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
