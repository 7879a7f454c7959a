case $WRONG in
  node)
    # Wanted at boot by the target itself.
    box "$TARGET" <<'BOX'
install -d /etc/systemd/system/multi-user.target.d
printf '[Unit]\nWants=calico-node.service\n' > /etc/systemd/system/multi-user.target.d/own.conf
systemctl daemon-reload
systemctl start calico-node
BOX
    ;;
  controllers)
    POD=$(box "$CONTROL_PLANE" 'cat /opt/kubelab/box/files/etc/kubernetes/manifests/calico-kube-controllers.yaml' | as_json | base64 -w0)
    KUBELAB_VALUES+=' POD'
    box "$CONTROL_PLANE" 'base64 -d <<< "$POD" > /etc/kubernetes/new; mv /etc/kubernetes/new /etc/kubernetes/manifests/policy.json' ;;
  etcd)
    # Another file of the environment, read after the wrong one.
    box "$TARGET" <<'BOX'
install -d /etc/systemd/system/calico-node.service.d
grep -h ENDPOINTS /etc/calico/calico-node.env | sed 's#:2378#:2379#' > /etc/calico/endpoints.env
printf '[Service]\nEnvironmentFile=/etc/calico/endpoints.env\n' > /etc/systemd/system/calico-node.service.d/own.conf
systemctl daemon-reload
systemctl restart calico-node
BOX
    ;;
esac
