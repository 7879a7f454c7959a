kubectl create namespace "$SPACE"
node=$TARGET
[[ $WRONG != controllers ]] || node=$WORKER
kubectl -n "$SPACE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: safe}
spec:
  selector: {matchLabels: {app: safe}}
  template:
    metadata: {labels: {app: safe}}
    spec:
      nodeSelector: {kubernetes.io/hostname: $node}
      terminationGracePeriodSeconds: 1
      containers: [{name: safe, image: "$IMAGE", args: [netexec, --http-port=8080]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: visitor}
spec:
  selector: {matchLabels: {app: visitor}}
  template:
    metadata: {labels: {app: visitor}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: visitor, image: "$IMAGE", args: [pause]}]
END
# The engine learns of both while it still works: a pod that it does not know is cut off.
for name in safe visitor; do kubectl -n "$SPACE" rollout status deployment "$name" --timeout=60s; done
address=$(kubectl -n "$SPACE" get pods -l app=safe -o jsonpath='{.items[0].status.podIP}')
until_true 60 kubectl -n "$SPACE" exec deployment/visitor -- /agnhost connect "$address:8080" --timeout=2s
case $WRONG in
  node) box "$TARGET" systemctl disable --now calico-node ;;
  controllers)
    box "$TARGET" <<'END'
rm /etc/kubernetes/manifests/calico-kube-controllers.yaml
while [[ -n $(crictl ps --quiet --name calico-kube-controllers) ]]; do sleep 0.3; done
END
    ;;
  etcd)
    box "$TARGET" <<'END'
systemctl stop calico-node
sed -i 's#:2379#:2378#' /etc/calico/calico-node.env
systemctl start --no-block calico-node
END
    ;;
esac
kubectl -n "$SPACE" apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody}
spec:
  podSelector: {matchLabels: {app: safe}}
  policyTypes: [Ingress]
END
