box "$TARGET" <<'END'
work=$(mktemp -d)
renew() { # OLD: makes new.crt and new.key for whom the old certificate is, signed by the same authority
  local ca
  ca=/root/authority/$(openssl x509 -in "$1" -noout -issuer | sed 's/.*kubelab-\(.*\)-ca$/\1/')
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/new.key"
  openssl x509 -x509toreq -in "$1" -key "$work/new.key" -copy_extensions copyall -out "$work/csr"
  openssl x509 -req -in "$work/csr" -copy_extensions copyall -CA "$ca.crt" -CAkey "$ca.key" -days 365 -out "$work/new.crt"
}
for name in $CERTIFICATES; do
  renew "$name.crt"
  install -m 600 "$work/new.key" "$name.key"
  install -m 644 "$work/new.crt" "$name.crt"
done
for file in $KUBECONFIGS; do
  sed -n 's/.*client-certificate-data: //p' "$file" | base64 -d > "$work/old.crt"
  renew "$work/old.crt"
  sed -i -e "s#client-certificate-data: .*#client-certificate-data: $(base64 -w0 "$work/new.crt")#" \
    -e "s#client-key-data: .*#client-key-data: $(base64 -w0 "$work/new.key")#" "$file"
done
rm -rf "$work"
# Whoever has read one at its start reads it anew.
for unit in etcd flanneld calico-node kubelet; do
  ! systemctl is-active -q $unit || systemctl restart $unit
done
for pod in kube-proxy kube-scheduler kube-controller-manager kube-apiserver; do
  ! command -v crictl > /dev/null || crictl ps -q --name "^$pod\$" | xargs -r crictl stop -t 2
done
END
