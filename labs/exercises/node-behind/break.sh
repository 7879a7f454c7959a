kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
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
      terminationGracePeriodSeconds: 1
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector: {matchLabels: {app: $APP}}
      affinity:
        nodeAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - {weight: 100, preference: {matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$TARGET]}]}}
      containers:
        - name: app
          image: "$IMAGE"
          args: [netexec, --http-port=8080]
          readinessProbe: {httpGet: {path: /hostname, port: 8080}, periodSeconds: 1}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: $APP}
spec:
  selector: {matchLabels: {app: $APP}}
  maxUnavailable: 1
END
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
box "$TARGET" <<'END'
old=$(printf '%s\n' /opt/kubelab/components/kubernetes-"$BEFORE".*/ | tail -1)
new=$(dirname "$(readlink /opt/bin/kubelet)")
ctr -n k8s.io images import "$(printf '%s\n' /opt/kubelab/images/kube-proxy-v"$BEFORE".*.tar | tail -1)"
ln -sfn "${old}kubelet" /opt/bin/kubelet
ln -sfn "${old}kubectl" /opt/bin/kubectl
tag=$(kubectl version --client -o json | jq -r .clientVersion.gitVersion)
sed -i -E "s|(image: .*/kube-proxy):.*|\1:$tag|" /etc/kubernetes/manifests/kube-proxy.yaml
if [[ $BEGUN == drop-in ]]; then
  install -d /etc/systemd/system/kubelet.service.d
  printf '[Service]\nExecStart=\nExecStart=%s %s\n' "${old}kubelet" \
    "$(sed -n '/^ExecStart=/,/[^\\]$/p' /etc/systemd/system/kubelet.service | tr -d '\\\n' | cut -d' ' -f2-)" \
    > /etc/systemd/system/kubelet.service.d/50-version.conf
  systemctl daemon-reload
fi
systemctl restart kubelet
[[ $BEGUN != link ]] || ln -sfn "$new/kubelet" /opt/bin/kubelet
END
version=$(box "$TARGET" '/opt/bin/kubectl version --client -o json | jq -r .clientVersion.gitVersion')
until_true 40 bash -c "kubectl get node '$TARGET' -o jsonpath='{.status.nodeInfo.kubeletVersion}' | grep -qx '$version'"
until_true 40 kubectl -n kube-system wait --for=condition=Ready "pod/kube-proxy-$TARGET" --timeout=1s
