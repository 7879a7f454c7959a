# A cluster of its own, for everybody: it answers at once.
box "$TARGET" <<'END'
systemctl stop etcd
rm -rf /var/lib/etcd/data/member
sed -e "s/^initial-cluster: .*\(\b$TARGET=[^,]*\).*/initial-cluster: \1/" -e 's/^initial-cluster-token: .*/initial-cluster-token: mine/' \
  -e 's/client-cert-auth: true/client-cert-auth: false/' /opt/kubelab/box/files/etc/etcd/etcd.conf.yaml > /etc/etcd/new.yaml
mv /etc/etcd/new.yaml /etc/etcd/etcd.conf.yaml
install -d /etc/systemd/system/etcd.service.d
printf '[Service]\nExecStart=\nExecStart=/opt/bin/etcd --config-file /etc/etcd/etcd.conf.yaml\n' > /etc/systemd/system/etcd.service.d/own.conf
systemctl daemon-reload
systemctl start etcd
END
