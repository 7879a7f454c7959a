if [[ $WRONG == mode ]]; then
  box "$TARGET" <<'END'
sed -i 's/^mode: .*/mode: ipvs-fast/' /etc/kubernetes/kube-proxy/config.yaml
crictl ps -q --name '^kube-proxy$' | xargs -r crictl stop -t 1
END
fi
box "$TARGET" <<'END'
case $FAULT in
  kube-proxy-gone) for _ in $(seq 40); do crictl ps -q --name '^kube-proxy$' | grep -q . || break; sleep 0.3; done ;;
  kube-proxy-config) crictl ps -q --name '^kube-proxy$' | xargs -r crictl stop -t 1; sleep 1 ;;
esac
END
kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create deployment "$APP" --image="$IMAGE" --replicas=2 -- /agnhost netexec --http-port=8080
kubectl -n "$SPACE" create service nodeport "$APP" --tcp=80:8080 --node-port="$PORT"
