# Once encrypted, and back to identity first; a comment says otherwise.
box "$CONTROL_PLANE" <<'BOX'
f=/etc/kubernetes/kube-apiserver/encryption.yaml
cp -p $f /etc/kubernetes/encryption.kept
install -m 600 /opt/kubelab/box/files$f /etc/kubernetes/encryption.new
mv /etc/kubernetes/encryption.new $f
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 3
BOX
sleep 3
ready() { kubectl get --raw /readyz --request-timeout=2s; }
until_true 90 ready
kubectl -n "$SPACE" get secret "$ITEM" -o json | kubectl replace -f -
box "$CONTROL_PLANE" <<'BOX'
f=/etc/kubernetes/kube-apiserver/encryption.yaml
sed 's/^resources:/# resources: secrets providers: aescbc:\n&/' /etc/kubernetes/encryption.kept > $f
rm /etc/kubernetes/encryption.kept
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 3
BOX
sleep 3
until_true 90 ready
