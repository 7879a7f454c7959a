# etcd answers, and answers everybody.
box "$ETCD" <<'END'
sed "s/client-cert-auth: true/client-cert-auth: false/" /opt/kubelab/box/files/etc/etcd/etcd.conf.yaml > /etc/etcd/etcd.conf.yaml
systemctl enable etcd flannel-config
systemctl restart etcd
END
box "$CONTROL_PLANE" <<'END'
install -m 644 /opt/kubelab/box/files/etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/apiserver.new
mv /etc/kubernetes/apiserver.new /etc/kubernetes/manifests/kube-apiserver.yaml
END
until_true 90 kubectl get --raw /readyz
