# The authorities' keys are lent to the machine, and every certificate of the task is signed again, for two days.
give() {
  echo 'install -d -m 0700 /root/authority'
  local name end
  for name in kubernetes etcd front-proxy; do
    for end in crt key; do
      printf 'cat > /root/authority/%s.%s <<PEM\n%s\nPEM\n' "$name" "$end" "$(cat "$KEYS/$name/ca.$end")"
    done
  done
  echo 'chmod 600 /root/authority/*'
}
give | box "$TARGET"
box "$TARGET" <<'END'
shorten() { # CERTIFICATE
  local ca
  ca=/root/authority/$(openssl x509 -in "$1" -noout -issuer | sed 's/.*kubelab-\(.*\)-ca$/\1/')
  openssl x509 -in "$1" -CA "$ca.crt" -CAkey "$ca.key" -days 2 -out "$1.new" 2> /dev/null
  mv "$1.new" "$1"
}
for name in $CERTIFICATES; do shorten "$name.crt"; done
for file in $KUBECONFIGS; do
  sed -n 's/.*client-certificate-data: //p' "$file" | base64 -d > /root/authority/one.crt
  shorten /root/authority/one.crt
  sed -i "s#client-certificate-data: .*#client-certificate-data: $(base64 -w0 /root/authority/one.crt)#" "$file"
done
rm -f /root/authority/one.crt
END
