# etcdctl's pair is signed by nobody whom etcd knows; the running member goes on serving everybody else.
box "$TARGET" <<'END'
cd /etc/etcd/pki
cp -p client.crt /root/client.crt
openssl req -x509 -key client.key -days 9 -subj "/CN=etcdctl-$TARGET" -out client.crt
END
