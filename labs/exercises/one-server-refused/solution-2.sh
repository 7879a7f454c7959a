# By hand: an RSA key, the names of the task and one more, for half a year; the container is removed, not stopped.
box "$TARGET" <<'BOX'
umask 077
cd /root
names="subjectAltName=DNS:api.of.$TARGET"
for name in $API_NAMES; do
  if [[ $name =~ ^[0-9.]+$ ]]; then names+=,IP:$name; else names+=,DNS:$name; fi
done
pki=/etc/kubernetes/kube-apiserver/pki
subject=$(openssl x509 -in $pki/$PAIR.crt -noout -subject -nameopt compat | sed 's/^subject= *\/*/\//')
if [[ $PAIR == apiserver ]]; then ca=kubernetes extra=("extendedKeyUsage=serverAuth" "$names"); else ca=etcd extra=("extendedKeyUsage=clientAuth"); fi
printf '%s\n' "basicConstraints=CA:FALSE" "keyUsage=critical,digitalSignature,keyEncipherment" "${extra[@]}" > own.ext
openssl req -new -newkey rsa:2048 -nodes -keyout own.key -subj "$subject" 2> /dev/null |
  openssl x509 -req -CA authority/$ca.crt -CAkey authority/$ca.key -days 180 -extfile own.ext -out own.crt 2> /dev/null
cat own.key > $pki/$PAIR.key
cat own.crt > $pki/$PAIR.crt
rm own.*
mv /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/kube-apiserver.yaml
end=$((SECONDS + 60))
while [[ -n $(crictl pods -q --state ready --name "^kube-apiserver-") ]] && ((SECONDS < end)); do sleep 1; done
mv /etc/kubernetes/kube-apiserver.yaml /etc/kubernetes/manifests/kube-apiserver.yaml
BOX
