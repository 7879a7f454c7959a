# The last file is forgotten, and what is inside a kubeconfig is not looked at.
box "$TARGET" <<'END'
for name in ${CERTIFICATES% *}; do
  ca=/root/authority/$(openssl x509 -in "$name.crt" -noout -issuer | sed 's/.*kubelab-\(.*\)-ca$/\1/')
  openssl x509 -in "$name.crt" -CA "$ca.crt" -CAkey "$ca.key" -days 365 -out "$name.new"
  mv "$name.new" "$name.crt"
done
END
