# The authorities' keys are lent to the machine. One of its pairs is that of a machine that was added in a hurry: without
# the names that count, or signed by an authority of its own with the right name.
give() {
  echo 'install -d -m 0700 /root/authority'
  local name end
  for name in kubernetes etcd; do
    for end in crt key; do
      printf 'cat > /root/authority/%s.%s <<PEM\n%s\nPEM\n' "$name" "$end" "$(cat "$KEYS/$name/ca.$end")"
    done
  done
  echo 'chmod 600 /root/authority/*'
}
give | box "$TARGET"
box "$TARGET" <<'END'
cd /etc/kubernetes/kube-apiserver/pki
work=$(mktemp -d)
ca=/root/authority/kubernetes
[[ $PAIR == apiserver ]] || ca=/root/authority/etcd
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/new.key"
if [[ $WRONG == names ]]; then
  # Every name but the address that moves, and the machine's own.
  names=$(for name in $API_NAMES; do
    [[ $name != "$TARGET" && $name != "$TARGET_ADDRESS" && $API != *"//$name:"* ]] || continue
    if [[ $name =~ ^[0-9.]+$ ]]; then echo "IP:$name"; else echo "DNS:$name"; fi
  done | paste -sd,)
else
  openssl x509 -in "$PAIR.crt" -noout -ext subjectAltName > "$work/said" 2> /dev/null || true
  names=$(sed -n 's/IP Address:/IP:/g; s/^ *\(\(DNS\|IP\):.*\)/\1/p' "$work/said" | tr -d ' ')
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -out "$work/ca.crt" -days 400 \
    -subj "$(openssl x509 -in "$ca.crt" -noout -subject -nameopt compat | sed 's/^subject= *\/*/\//')" 2> /dev/null
  ca=$work/ca
fi
usage=$(openssl x509 -in "$PAIR.crt" -noout -ext extendedKeyUsage | grep -q Server && echo serverAuth || echo clientAuth)
openssl req -new -key "$work/new.key" -out "$work/csr" -subj "$(openssl x509 -in "$PAIR.crt" -noout -subject -nameopt compat | sed 's/^subject= *\/*/\//')" \
  -addext keyUsage=critical,digitalSignature -addext "extendedKeyUsage=$usage" ${names:+-addext "subjectAltName=$names"}
openssl x509 -req -in "$work/csr" -CA "$ca.crt" -CAkey "$ca.key" -days 365 -copy_extensions copyall -out "$work/new.crt" 2> /dev/null
install -m 600 "$work/new.key" "$PAIR.key"
install -m 644 "$work/new.crt" "$PAIR.crt"
rm -rf "$work"
# It starts with what it has now. The address that moves is with another one.
crictl ps -q --name '^(kube-apiserver|keepalived)$' | xargs -r crictl stop -t 1
END
until_true 60 kubectl get --raw /readyz
