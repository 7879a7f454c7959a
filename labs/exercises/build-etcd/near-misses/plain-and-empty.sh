# An etcd without certificates and with a new directory: it is healthy, nobody finds it, and nothing is in it.
box "$TARGET" <<'END'
cat > /etc/systemd/system/etcd.service <<UNIT
[Service]
Type=notify
ExecStart=/opt/bin/etcd --data-dir /run/etcd-new --listen-client-urls http://$TARGET_ADDRESS:2379 --advertise-client-urls http://$TARGET_ADDRESS:2379
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now etcd
END
box "$CONTROL_PLANE" "sed 's#etcd-servers=https#etcd-servers=http#' /etc/kubernetes/manifests/kube-apiserver.yaml > /etc/kubernetes/new
  mv /etc/kubernetes/new /etc/kubernetes/manifests/kube-apiserver.yaml"
