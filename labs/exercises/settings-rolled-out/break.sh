kubectl create namespace "$SPACE"
key=limit secret=password optional=false
[[ $WRONG != key ]] || key=LIMITS secret=pass optional=true
kubectl -n "$SPACE" create configmap settings --from-literal="$key=10"
[[ $WRONG != immutable ]] || kubectl -n "$SPACE" patch configmap settings --type=merge -p '{"immutable":true}'
kubectl -n "$SPACE" create secret generic access --from-literal="$secret=summer-1999"
mount='{name: access, mountPath: /etc/app, readOnly: true}'
[[ $WRONG != path ]] || mount='{name: access, mountPath: /etc/app/password, subPath: password, readOnly: true}'
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: 2
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: "$IMAGE"
          args: [netexec, --http-port=8080]
          env: [{name: LIMIT, valueFrom: {configMapKeyRef: {name: settings, key: limit, optional: $optional}}}]
          volumeMounts: [$mount]
          readinessProbe: {httpGet: {path: /hostname, port: 8080}, periodSeconds: 1}
      volumes:
        - name: access
          secret: {secretName: access, optional: $optional, items: [{key: password, path: password}]}
END
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
