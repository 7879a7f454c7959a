for name in $(kubectl get nodes -l node-role.kubernetes.io/control-plane -o name | sed 's#node/##'); do
  box "$name" <<'END'
cd /opt/kubelab/box/files/etc/kubernetes
if ! cmp -s keepalived/keepalived.conf /etc/kubernetes/keepalived/keepalived.conf; then
  cat keepalived/keepalived.conf > /etc/kubernetes/keepalived/keepalived.conf
  kill -HUP $(crictl inspect -o go-template --template '{{.info.pid}}' $(crictl ps -q --name '^keepalived$'))
fi
[[ -e /etc/kubernetes/manifests/keepalived.yaml ]] || mv /etc/kubernetes/keepalived.yaml.old /etc/kubernetes/manifests/keepalived.yaml
END
done
