box "$CONTROL_PLANE" <<'END'
rm /etc/kubernetes/manifests/kube-scheduler.yaml /etc/kubernetes/manifests/kube-controller-manager.yaml
rm /etc/kubernetes/kube-scheduler/kubeconfig /etc/kubernetes/kube-controller-manager/kubeconfig
END
lend kubernetes "$CONTROL_PLANE"
cover "$CONTROL_PLANE"
# Nobody may act any more on what comes now.
box "$CONTROL_PLANE" <<'END'
for _ in $(seq 100); do
  curl -ksf https://127.0.0.1:10259/healthz > /dev/null || curl -ksf https://127.0.0.1:10257/healthz > /dev/null || break
  sleep 0.3
done
END
kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create deployment till --image="$IMAGE" --replicas=2 -- /agnhost netexec --http-port=8080
