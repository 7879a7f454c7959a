box "$TARGET" <<'END'
systemctl disable --now kubelet
crictl rmp -fa > /dev/null 2>&1 || true
rm -rf /etc/kubernetes/* /etc/cni/net.d/* /var/lib/cni/*
END
kubectl delete node "$TARGET"
kubectl create namespace "$SPACE"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: $APP}
spec:
  replicas: 2
  selector: {matchLabels: {app: $APP}}
  template:
    metadata: {labels: {app: $APP}}
    spec:
      nodeSelector: {$LABEL: $VALUE}
      tolerations: [{key: reserved, value: $SPACE}]
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: "$IMAGE", args: [netexec, --http-port=8080]}]
END
kubectl -n "$SPACE" create service nodeport "$APP" --tcp=80:8080 --node-port="$PORT"
