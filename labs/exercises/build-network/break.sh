box "$TARGET" <<'END'
systemctl disable --now calico-node flanneld 2> /dev/null
rm -rf /etc/systemd/system/{flanneld.service,flanneld.service.d,calico-node.service} /etc/flannel/options.env \
  /etc/calico/calico-node.env /etc/cni/net.d/10-flannel-calico.conflist
systemctl daemon-reload
ip link delete flannel.1 || true
END
cover "$TARGET"
kubectl create namespace "$SPACE"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: walker}
spec:
  selector: {matchLabels: {app: walker}}
  template:
    metadata: {labels: {app: walker}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: "$IMAGE", args: [netexec, --http-port=8080]}]
END
