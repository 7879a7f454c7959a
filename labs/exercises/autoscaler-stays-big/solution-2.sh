# Another autoscaler of the same name, which goes by the container, waits for nothing and has a pace of its own.
kubectl -n "$SPACE" delete hpa "$APP"
kubectl -n "$SPACE" create -f - <<END
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: $APP}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: $APP}
  maxReplicas: 3
  metrics:
    - type: ContainerResource
      containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 50}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 0, selectPolicy: Min, policies: [{type: Pods, value: 2, periodSeconds: 30}]}
END
