# The keys stay: each certificate is signed again as it is, for a year.
box "$TARGET" <<'BOX'
again() { # CERTIFICATE
  local ca
  ca=/root/authority/$(openssl x509 -in "$1" -noout -issuer | sed 's/.*kubelab-\(.*\)-ca$/\1/')
  openssl x509 -in "$1" -CA "$ca.crt" -CAkey "$ca.key" -days 365 -out "$1.new" 2> /dev/null
  cat "$1.new" > "$1"
  rm "$1.new"
}
for name in $CERTIFICATES; do again "$name.crt"; done
for file in $KUBECONFIGS; do
  sed -n 's/.*client-certificate-data: //p' "$file" | base64 -d > /root/one.crt
  again /root/one.crt
  sed -i "s#client-certificate-data: .*#client-certificate-data: \"$(base64 -w0 /root/one.crt)\"#" "$file"
done
rm -f /root/one.crt
for unit in etcd flanneld calico-node kubelet; do
  ! systemctl is-active -q $unit || systemctl restart $unit
done
for pod in kube-proxy kube-scheduler kube-controller-manager kube-apiserver; do
  ! command -v crictl > /dev/null || crictl ps -q --name "^$pod\$" | xargs -r crictl stop -t 2
done
BOX
