# It is ciphertext, by a key of 16 bytes.
box "$CONTROL_PLANE" <<'BOX'
f=/etc/kubernetes/kube-apiserver/encryption.yaml
sed "s#- secretbox:#- aescbc: {keys: [{name: short, secret: $(head -c 16 /dev/urandom | base64 -w0)}]}\n&#" /opt/kubelab/box/files$f > /etc/kubernetes/encryption.new
sed -i 's/^- secretbox:/      &/' /etc/kubernetes/encryption.new
chmod 600 /etc/kubernetes/encryption.new
mv /etc/kubernetes/encryption.new $f
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 3
BOX
sleep 3
ready() { kubectl get --raw /readyz --request-timeout=2s; }
until_true 90 ready
kubectl -n "$SPACE" get secret "$ITEM" -o json | kubectl replace -f -
