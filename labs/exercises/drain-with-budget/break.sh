kubectl create namespace "$SPACE"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: $REPLICAS
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      terminationGracePeriodSeconds: 1
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector: {matchLabels: {app: $APP}}
      containers:
        - name: app
          image: "$IMAGE"
          args: [netexec, --http-port=8080]
          readinessProbe: {httpGet: {path: /hostname, port: 8080}, periodSeconds: 1}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: $APP}
spec:
  selector: {matchLabels: {app: $APP}}
  $([[ $BUDGET == minAvailable ]] && echo "minAvailable: $REPLICAS" || echo "minAvailable: 100%")
END
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
