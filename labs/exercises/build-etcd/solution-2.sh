# RSA keys, the configuration as JSON, and a target that wants the unit instead of a unit that is enabled.
box "$TARGET" <<'END'
umask 077
install -d -m 755 /etc/etcd /etc/etcd/pki
cd /etc/etcd/pki
install -m 644 /root/authority/ca.crt ca.crt
pair() { # NAME SUBJECT USAGES [NAMES]
  openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" -out /root/etcd.csr -subj "/CN=$2" \
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
files() { printf '{"client-cert-auth": true, "trusted-ca-file": "%s/ca.crt", "cert-file": "%s/%s.crt", "key-file": "%s/%s.key"}' "$PWD" "$PWD" "$1" "$PWD" "$1"; }
cat > /etc/etcd/etcd.conf.yaml <<JSON
{"client-transport-security": $(files server), "peer-transport-security": $(files peer), "quota-backend-bytes": $QUOTA,
 "name": "$TARGET", "data-dir": "/var/lib/etcd/data", "initial-cluster": "$TARGET=https://$TARGET_ADDRESS:2380",
 "listen-peer-urls": "https://$TARGET_ADDRESS:2380", "initial-advertise-peer-urls": "https://$TARGET_ADDRESS:2380",
 "listen-client-urls": "https://127.0.0.1:2379,https://$TARGET_ADDRESS:2379", "advertise-client-urls": "https://$TARGET_ADDRESS:2379"}
JSON
cat > /etc/systemd/system/etcd.service <<UNIT
[Unit]
Description=etcd
After=network.target

[Service]
Type=notify
ExecStart=/opt/bin/etcd --config-file /etc/etcd/etcd.conf.yaml
Restart=always
RestartSec=1
UNIT
install -d /etc/systemd/system/multi-user.target.d
printf '[Unit]\nWants=etcd.service\n' > /etc/systemd/system/multi-user.target.d/own.conf
systemctl daemon-reload
systemctl start etcd
END
