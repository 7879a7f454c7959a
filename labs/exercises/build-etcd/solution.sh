box "$TARGET" <<'END'
umask 077
install -d -m 755 /etc/etcd /etc/etcd/pki
cd /etc/etcd/pki
install -m 644 /root/authority/ca.crt ca.crt
pair() { # NAME SUBJECT USAGES [NAMES]
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out /root/etcd.csr -subj "/CN=$2" \
    -addext "keyUsage=critical,digitalSignature" -addext "extendedKeyUsage=$3" ${4:+-addext "subjectAltName=$4"}
  openssl x509 -req -in /root/etcd.csr -CA /root/authority/ca.crt -CAkey /root/authority/ca.key -days 365 \
    -copy_extensions copyall -out "$1.crt"
  chmod 644 "$1.crt"
}
names="DNS:$TARGET,DNS:localhost,IP:$TARGET_ADDRESS,IP:127.0.0.1"
pair server "$TARGET" serverAuth,clientAuth "$names"
pair peer "$TARGET" serverAuth,clientAuth "$names"
pair client "etcdctl-$TARGET" clientAuth
rm /root/etcd.csr
umask 022
cat > /etc/etcd/etcd.conf.yaml <<YAML
name: $TARGET
data-dir: /var/lib/etcd/data
initial-cluster: $TARGET=https://$TARGET_ADDRESS:2380
listen-peer-urls: https://$TARGET_ADDRESS:2380
initial-advertise-peer-urls: https://$TARGET_ADDRESS:2380
listen-client-urls: https://$TARGET_ADDRESS:2379,https://127.0.0.1:2379
advertise-client-urls: https://$TARGET_ADDRESS:2379
quota-backend-bytes: $QUOTA
client-transport-security:
  client-cert-auth: true
  trusted-ca-file: /etc/etcd/pki/ca.crt
  cert-file: /etc/etcd/pki/server.crt
  key-file: /etc/etcd/pki/server.key
peer-transport-security:
  client-cert-auth: true
  trusted-ca-file: /etc/etcd/pki/ca.crt
  cert-file: /etc/etcd/pki/peer.crt
  key-file: /etc/etcd/pki/peer.key
YAML
cat > /etc/systemd/system/etcd.service <<UNIT
[Unit]
Description=etcd
After=network.target

[Service]
Type=notify
ExecStart=/opt/bin/etcd --config-file /etc/etcd/etcd.conf.yaml
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now etcd
END
