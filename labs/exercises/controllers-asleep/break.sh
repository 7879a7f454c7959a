if [[ $WRONG == kubeconfig ]]; then
  box "$CONTROL_PLANE" <<'END'
m=/etc/kubernetes/manifests/kube-controller-manager.yaml
sed 's#--kubeconfig=.*#--kubeconfig=/etc/kubernetes/controller-manager.conf#' $m > /etc/kubernetes/manager.new
mv /etc/kubernetes/manager.new $m
END
fi
box "$CONTROL_PLANE" <<'END'
for _ in $(seq 60); do
  curl -ksf https://127.0.0.1:10257/healthz > /dev/null || break
  sleep 0.3
done
END
kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create deployment "$APP" --image="$IMAGE" --replicas=2 -- /agnhost netexec --http-port=8080
