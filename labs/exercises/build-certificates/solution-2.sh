# RSA keys, the subject's parts the other way round, kubeconfigs as JSON with an older context beside the current one.
WORDS=$(cat <<'END'
umask 077
certify() { # NAME SUBJECT USAGE [NAMES]: /root/NAME.crt and /root/NAME.key
  openssl req -new -newkey rsa:2048 -nodes -keyout "/root/$1.key" -out /root/one.csr -subj "$2" \
    -addext "keyUsage=critical,digitalSignature" -addext "extendedKeyUsage=$3" ${4:+-addext "subjectAltName=$4"} 2> /dev/null
  openssl x509 -req -in /root/one.csr -CA /root/authority/ca.crt -CAkey /root/authority/ca.key -days 365 -copy_extensions copyall -out "/root/$1.crt"
  rm /root/one.csr
}
kubeconfig() { # NAME: one with its certificate inside, which is gone then
  cat <<JSON
{"apiVersion": "v1", "kind": "Config", "current-context": "now",
 "users": [{"name": "nobody", "user": {}}, {"name": "me", "user": {
   "client-key-data": "$(base64 -w0 "/root/$1.key")", "client-certificate-data": "$(base64 -w0 "/root/$1.crt")"}}],
 "contexts": [{"name": "old", "context": {"cluster": "lab", "user": "nobody"}}, {"name": "now", "context": {"cluster": "lab", "user": "me"}}],
 "clusters": [{"name": "lab", "cluster": {"server": "$API", "certificate-authority-data": "$(base64 -w0 /root/authority/ca.crt)"}}]}
JSON
  rm "/root/$1.crt" "/root/$1.key"
}
END
)
NAMES=$(for name in $API_NAMES; do
  if [[ $name =~ ^[0-9.]+$ ]]; then echo "IP:$name"; else echo "DNS:$name"; fi
done | paste -sd,)
box "$CONTROL_PLANE" "$WORDS
certify server /CN=kube-apiserver serverAuth '$NAMES'
install -m 600 /root/server.key /etc/kubernetes/kube-apiserver/pki/apiserver.key
install -m 644 /root/server.crt /etc/kubernetes/kube-apiserver/pki/apiserver.crt
rm /root/server.*
certify admin /CN=$PERSON/O=system:masters clientAuth
kubeconfig admin > /root/$PERSON.kubeconfig"
box "$TARGET" "$WORDS
certify node /CN=system:node:$TARGET/O=system:nodes clientAuth
kubeconfig node > /etc/kubernetes/kubelet/kubeconfig
systemctl restart kubelet"
until_true 120 kubectl get --raw /readyz
