case $FAULT in
  etcd-stopped)
    # Wanted at boot by the target itself.
    box "$ETCD" <<'BOX'
install -d /etc/systemd/system/multi-user.target.d
printf '[Unit]\nWants=etcd.service flannel-config.service\n' > /etc/systemd/system/multi-user.target.d/own.conf
systemctl daemon-reload
systemctl start etcd flannel-config
BOX
    ;;
  etcd-client-url)
    # At every address of the machine, and the same configuration as JSON.
    CONFIG=$(box "$ETCD" 'cat /etc/etcd/etcd.conf.yaml' | sed 's#^listen-client-urls:.*#listen-client-urls: https://0.0.0.0:2379#' | as_json | base64 -w0)
    KUBELAB_VALUES+=' CONFIG'
    box "$ETCD" 'base64 -d <<< "$CONFIG" > /etc/etcd/etcd.conf.yaml; systemctl restart etcd' ;;
  *)
    box "$CONTROL_PLANE" <<'BOX'
m=/etc/kubernetes/manifests/kube-apiserver.yaml
sed "s#^\( *- \)--etcd-servers=.*#\1--etcd-servers\n\1https://$ETCD_ADDRESS:2379#" $m > /etc/kubernetes/api.new
mv /etc/kubernetes/api.new $m
BOX
    ;;
esac
