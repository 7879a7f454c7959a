# The same pod as JSON, in a file of another name.
POD=$(box "$CONTROL_PLANE" 'cat /opt/kubelab/box/files/etc/kubernetes/manifests/kube-controller-manager.yaml' | as_json | base64 -w0)
KUBELAB_VALUES+=' POD'
box "$CONTROL_PLANE" <<'BOX'
rm -f /etc/kubernetes/manifests/kube-controller-manager.yaml
base64 -d <<< "$POD" > /etc/kubernetes/pod.new
mv /etc/kubernetes/pod.new /etc/kubernetes/manifests/put-back.json
BOX
