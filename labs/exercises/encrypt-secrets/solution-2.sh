# A key and a cipher of one's own, as JSON, providers first, in a file of another name; what was written before is read by the old key.
box "$CONTROL_PLANE" <<'BOX'
cd /etc/kubernetes/kube-apiserver
old=$(sed -n 's/.*secret: *//p' /opt/kubelab/box/files$PWD/encryption.yaml | head -1 | tr -d '"')
umask 077
printf '{"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "resources": [{"providers": [
  {"aescbc": {"keys": [{"secret": "%s", "name": "mine"}]}}, {"secretbox": {"keys": [{"name": "key1", "secret": "%s"}]}}, {"identity": {}}],
  "resources": ["configmaps", "secrets"]}]}\n' "$(head -c 32 /dev/urandom | base64 -w0)" "$old" > at-rest.json
umask 022
m=/etc/kubernetes/manifests/kube-apiserver.yaml
sed 's#^\( *- \)--encryption-provider-config=.*#\1--encryption-provider-config\n\1/etc/kubernetes/kube-apiserver/at-rest.json#' $m > /etc/kubernetes/api.new
mv /etc/kubernetes/api.new $m
BOX
sleep 5
ready() { kubectl get --raw /readyz --request-timeout=2s; }
until_true 90 ready
kubectl get secrets -A -o json | kubectl replace -f -
