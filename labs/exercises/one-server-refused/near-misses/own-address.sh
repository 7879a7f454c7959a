# A certificate for the machine's own name and address: keepalived is content, and the address that moves is refused.
# The authorities are everybody's, and the key as well.
box "$TARGET" <<'END'
cd /etc/kubernetes/kube-apiserver/pki
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout apiserver.key -out /root/csr -subj /CN=kube-apiserver \
  -addext extendedKeyUsage=serverAuth -addext "subjectAltName=DNS:$TARGET,DNS:kubernetes,IP:$TARGET_ADDRESS,IP:127.0.0.1" 2> /dev/null
openssl x509 -req -in /root/csr -CA /root/authority/kubernetes.crt -CAkey /root/authority/kubernetes.key -days 365 \
  -copy_extensions copyall -out apiserver.crt 2> /dev/null
chmod 644 apiserver.key
rm /root/csr
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 1
END
