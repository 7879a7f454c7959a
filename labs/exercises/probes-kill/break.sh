kubectl create namespace "$SPACE"
own='{httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}'
case $WRONG in
  start) liveness='{httpGet: {path: /healthz, port: web}, initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 3}' ;;
  port) liveness='{httpGet: {path: /healthz, port: 8081}, initialDelaySeconds: 12, periodSeconds: 1, failureThreshold: 3}' ;;
  stock) liveness="{exec: {command: [/agnhost, connect, \"stock.$SPACE:80\", --timeout=1s]}, timeoutSeconds: 3, initialDelaySeconds: 12, periodSeconds: 1, failureThreshold: 3}" ;;
esac
[[ $WRONG == start ]] || liveness=${liveness/initialDelaySeconds: 12/initialDelaySeconds: 12}
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: Service
metadata: {name: stock}
spec:
  selector: {app: stock}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: stock}
spec:
  replicas: 0
  selector: {matchLabels: {app: stock}}
  template:
    metadata: {labels: {app: stock}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: stock, image: "$IMAGE", args: [netexec, --http-port=8080]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: 2
  strategy: {rollingUpdate: {maxSurge: 2}}
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: "$IMAGE"
          command: [sh, -c, "sleep 8; exec /agnhost netexec --http-port=8080"]
          ports: [{name: web, containerPort: 8080}]
          readinessProbe: $own
          livenessProbe: $liveness
END
