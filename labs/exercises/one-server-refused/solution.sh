# What the certificate is to say is in a neighbour's: its subject, names and usages; the key is new.
neighbour=$(kubectl get nodes -l node-role.kubernetes.io/control-plane -o name | sed 's#node/##' | grep -vxF "$TARGET" | head -1)
model=$(box "$neighbour" "cat /etc/kubernetes/kube-apiserver/pki/$PAIR.crt")
box "$TARGET" "model='$model'"'
cd /etc/kubernetes/kube-apiserver/pki
work=$(mktemp -d)
ca=/root/authority/kubernetes
[[ $PAIR == apiserver ]] || ca=/root/authority/etcd
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/new.key"
openssl x509 -x509toreq -in <(echo "$model") -key "$work/new.key" -copy_extensions copyall -out "$work/csr"
openssl x509 -req -in "$work/csr" -copy_extensions copyall -CA "$ca.crt" -CAkey "$ca.key" -days 365 -out "$work/new.crt"
install -m 600 "$work/new.key" "$PAIR.key"
install -m 644 "$work/new.crt" "$PAIR.crt"
rm -rf "$work"
crictl ps -q --name "^kube-apiserver\$" | xargs -r crictl stop -t 2
systemctl restart kubelet'
