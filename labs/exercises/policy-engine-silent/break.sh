if [[ $WRONG == etcd ]]; then
  box "$TARGET" <<'END'
sed -i 's#:2379#:2378#' /etc/calico/calico-node.env
systemctl restart --no-block calico-node
END
fi
sleep 2
kubectl create namespace "$SPACE"
node=$TARGET
[[ $FAULT != kube-controllers-gone ]] || node=$WORKER
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
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody}
spec:
  podSelector: {matchLabels: {app: safe}}
  policyTypes: [Ingress]
END
