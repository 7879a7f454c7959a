kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
down='stabilizationWindowSeconds: 15' more=''
case $WRONG in
  forbidden) down="$down, selectPolicy: Disabled" ;;
  window) down='stabilizationWindowSeconds: 3600' ;;
  measure) more='- {type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 60}}}' ;;
esac
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
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: "$IMAGE"
          # What it has once read, it keeps.
          command: [sh, -c, "dd if=/dev/zero of=/dev/shm/read bs=1M count=16; exec /agnhost pause"]
          resources: {requests: {cpu: 20m, memory: 8Mi}, limits: {cpu: 80m, memory: 64Mi}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: $APP}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: $APP}
  minReplicas: 1
  maxReplicas: 3
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
    $more
  behavior: {scaleDown: {$down}}
END
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
