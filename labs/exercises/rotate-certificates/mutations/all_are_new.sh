# also red: new_ones_are_used
box "$TARGET" <<'END'
read -r name _ <<< "$CERTIFICATES"
cp -p "$name.crt" /root/authority/kept.crt
ca=/root/authority/$(openssl x509 -in "$name.crt" -noout -issuer | sed 's/.*kubelab-\(.*\)-ca$/\1/')
openssl x509 -in "$name.crt" -CA "$ca.crt" -CAkey "$ca.key" -days 30 -out "$name.crt"
END
