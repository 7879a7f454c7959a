uncover "$CONTROL_PLANE"
# With its ReplicaSets: changed back, a deployment would keep the student's as its history.
kubectl -n kube-system delete deployment coredns --ignore-not-found --cascade=foreground --timeout=60s || true
