# Everything that the cluster stores is encrypted, in the second of two entries and by a wildcard.
box "$CONTROL_PLANE" <<'BOX'
f=/etc/kubernetes/kube-apiserver/encryption.yaml
key=$(sed -n 's/.*secret: *//p' /opt/kubelab/box/files$f | head -1 | tr -d '"')
cat > /etc/kubernetes/encryption.new <<YAML
# resources: secrets providers: identity:
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- {resources: [events], providers: [identity: {}]}
- providers: &all
  # identity: {}
  - secretbox: {keys: [{name: key1, secret: "$key"}]}
  - identity: {}
  resources: ['*.*']
YAML
chmod 600 /etc/kubernetes/encryption.new
mv /etc/kubernetes/encryption.new $f
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 3
BOX
sleep 3
ready() { kubectl get --raw /readyz --request-timeout=2s; }
until_true 90 ready
kubectl -n "$SPACE" get secret "$ITEM" -o json | kubectl replace -f -
