# As JSON, in a file of another name, its options as two words and its lists the other way round.
POD=$(box "$CONTROL_PLANE" 'cat /opt/kubelab/box/files/etc/kubernetes/manifests/kube-apiserver.yaml' |
  sed -e 's/=Node,RBAC/=RBAC,Node/' -e 's/^\( *- \)\(--audit-[a-z-]*\)=\(.*\)/\1\2\n\1"\3"/' | as_json | base64 -w0)
KUBELAB_VALUES+=' POD'
box "$CONTROL_PLANE" <<'BOX'
rm -f /etc/kubernetes/manifests/kube-apiserver.yaml
base64 -d <<< "$POD" > /etc/kubernetes/pod.new
mv /etc/kubernetes/pod.new /etc/kubernetes/manifests/api.json
BOX
