# The one that it does not show clients ends within the week.
box "$TARGET" <<'END'
cd /etc/kubernetes/kube-apiserver/pki
cp -p apiserver-etcd-client.crt /root/authority/kept.crt
openssl x509 -in apiserver-etcd-client.crt -CA /root/authority/etcd.crt -CAkey /root/authority/etcd.key -days 7 -out /root/authority/short.crt 2> /dev/null
cat /root/authority/short.crt > apiserver-etcd-client.crt
END
