# The lab's own API server has one key, for secrets. What another key or another entry has encrypted it could not read: all of that is
# written once more, by an API server that reads both ways, secrets by the lab's key and everything else plainly.
at=/etc/kubernetes/kube-apiserver
box "$CONTROL_PLANE" "cat /opt/kubelab/box/files$at/encryption.yaml" > own.yaml
box "$CONTROL_PLANE" <<'BOX' > now.yaml || true
m=/etc/kubernetes/manifests/kube-apiserver.yaml
f=$(grep -A1 -e '--encryption-provider-config' $m | tr -d "\"'," | grep -oE '/etc/kubernetes/kube-apiserver/[^ ]+' | head -1)
cat "${f:-/etc/kubernetes/kube-apiserver/encryption.yaml}"
BOX
kinds=$("$PYTHON" -m kubelab.exercises.encryption kinds own.yaml now.yaml)
[[ -n $kinds ]] || exit 0
BETWEEN=$("$PYTHON" -m kubelab.exercises.encryption between own.yaml now.yaml | base64 -w0)
KUBELAB_VALUES+=' BETWEEN'
box "$CONTROL_PLANE" <<'BOX'
umask 077
base64 -d <<< "$BETWEEN" > /etc/kubernetes/encryption.new
mv /etc/kubernetes/encryption.new /etc/kubernetes/kube-apiserver/encryption.yaml
install -m 644 /opt/kubelab/box/files/etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/api.new
mv /etc/kubernetes/api.new /etc/kubernetes/manifests/kube-apiserver.yaml
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 3
BOX
sleep 5
ready() { kubectl get --raw /readyz --request-timeout=2s; }
until_true 90 ready
[[ $kinds != all ]] || kinds=$(kubectl api-resources --verbs=get,list,update -o name)
for kind in $kinds; do
  kubectl get "$kind" -A -o json | kubectl replace -f - > /dev/null || true
done
