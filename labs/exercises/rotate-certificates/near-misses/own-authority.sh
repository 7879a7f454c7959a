# An authority of one's own, whom nobody but the kubelet knows.
box "$TARGET" <<'END'
cd /root/authority
openssl req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.crt -days 400 -subj /CN=own 2> /dev/null
for name in $CERTIFICATES; do
  openssl req -new -key "$name.key" -subj /CN=somebody -out own.csr
  openssl x509 -req -in own.csr -CA own.crt -CAkey own.key -days 365 -out "$name.crt" 2> /dev/null
  chmod 644 "$name.key"
done
[[ ! -e /etc/kubernetes/kubelet/ca.crt ]] || cat own.crt >> /etc/kubernetes/kubelet/ca.crt
END
