kubectl create namespace "$SPACE"
key=limits.conf
[[ $WRONG != key ]] || key=limits
kubectl -n "$SPACE" create configmap settings --from-literal="$key=limit=40"
kubectl -n "$SPACE" create secret generic store --from-literal="user=$LOGIN" --from-literal="word=$WORD"
url='{name: STORE_URL, value: "http://$(STORE_USER):$(STORE_WORD)@store/"}'
parts='{name: STORE_USER, valueFrom: {secretKeyRef: {name: store, key: user}}}, {name: STORE_WORD, valueFrom: {secretKeyRef: {name: store, key: word}}}'
env="[$parts, $url]"
[[ $WRONG != order ]] || env="[$url, $parts]"
mode=0440
[[ $WRONG != mode ]] || mode=0400
group='fsGroup: 1000'
[[ $WRONG != mode ]] || group='fsGroupChangePolicy: Always'
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: 2
  strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 1}}
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true, $group}
      containers:
        - name: app
          image: "$IMAGE"
          command: [sh, -c]
          args:
            - |
              case \$STORE_URL in *'('* | '') echo "there is no store at \$STORE_URL"; exit 1 ;; esac
              cat /etc/app/limits.conf /etc/app/keys/token > /dev/null || exit 1
              exec /agnhost netexec --http-port=8080
          env: $env
          volumeMounts:
            - {name: settings, mountPath: /etc/app, readOnly: true}
            - {name: keys, mountPath: /etc/app/keys, readOnly: true}
          readinessProbe: {httpGet: {path: /hostname, port: 8080}, periodSeconds: 1}
      volumes:
        - {name: settings, projected: {sources: [{configMap: {name: settings, items: [{key: limits.conf, path: limits.conf}]}}]}}
        - {name: keys, secret: {secretName: store, defaultMode: $mode, items: [{key: word, path: token}]}}
END
