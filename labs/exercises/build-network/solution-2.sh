# flanneld's options in a drop-in of its unit, the list of plugins on one line.
# What steps 2 and 3 allow to be read on another node.
export CALICO PLUGINS OTHER_ADDRESS
CALICO=$(box "$OTHER_WORKER" 'base64 -w0 /etc/calico/calico-node.env')
PLUGINS=$(box "$OTHER_WORKER" 'base64 -w0 /etc/cni/net.d/10-flannel-calico.conflist')
OTHER_ADDRESS=$(box "$OTHER_WORKER" "sed -n 's/^IP=//p' /etc/calico/calico-node.env")
KUBELAB_VALUES+=' CALICO PLUGINS OTHER_ADDRESS'
box "$TARGET" <<'END'
install -d /etc/systemd/system/flanneld.service.d
cat > /etc/systemd/system/flanneld.service.d/own.conf <<ENV
[Service]
Environment=FLANNELD_IFACE=$TARGET_ADDRESS
Environment=FLANNELD_PUBLIC_IP=$TARGET_ADDRESS
Environment=FLANNELD_ETCD_ENDPOINTS=https://$ETCD_ADDRESS:2379
Environment=FLANNELD_ETCD_PREFIX=/coreos.com/network
Environment=FLANNELD_ETCD_CAFILE=/etc/flannel/pki/ca.crt
Environment=FLANNELD_ETCD_CERTFILE=/etc/flannel/pki/client.crt
Environment=FLANNELD_ETCD_KEYFILE=/etc/flannel/pki/client.key
Environment=FLANNELD_IP_MASQ=true
Environment=FLANNELD_HEALTHZ_IP=127.0.0.1
Environment=FLANNELD_HEALTHZ_PORT=$HEALTH
ENV
cat > /etc/systemd/system/flanneld.service <<UNIT
[Unit]
Description=flannel
After=network.target

[Service]
Type=notify
ExecStart=/opt/bin/flanneld
Restart=always
RestartSec=1
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
UNIT
base64 -d <<< "$CALICO" | sed -e "s/$OTHER_WORKER/$TARGET/" -e "s/$OTHER_ADDRESS\$/$TARGET_ADDRESS/" > /etc/calico/calico-node.env
cat > /etc/systemd/system/calico-node.service <<UNIT
[Unit]
Description=calico-node
After=flanneld.service

[Service]
EnvironmentFile=/etc/calico/calico-node.env
RuntimeDirectory=calico
ExecStartPre=/opt/bin/calico-node -startup
ExecStart=/opt/bin/calico-node -felix
Restart=always
RestartSec=1
TimeoutStartSec=infinity
LimitNOFILE=20000

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now flanneld
systemctl enable --now calico-node
base64 -d <<< "$PLUGINS" | tr -d "\n" | sed "s/\"$OTHER_WORKER\"/\"$TARGET\"/" > /etc/cni/net.d/.new
mv /etc/cni/net.d/.new /etc/cni/net.d/10-flannel-calico.conflist
END
kubectl -n "$SPACE" rollout status daemonset walker --timeout=120s
