# The same pod as JSON, in a file of another name.
POD=$(box "$CONTROL_PLANE" 'cat /opt/kubelab/box/files/etc/kubernetes/manifests/kube-scheduler.yaml' | as_json | base64 -w0)
KUBELAB_VALUES+=' POD'
box "$CONTROL_PLANE" <<'BOX'
# The authority as another component of this machine knows it.
ca=$(sed -n 's/.*certificate-authority-data: *//p' /etc/kubernetes/kube-controller-manager/kubeconfig)
sed -i "s#certificate-authority-data: .*#certificate-authority-data: $ca#" /etc/kubernetes/kube-scheduler/kubeconfig
crictl ps -q --name '^kube-scheduler$' | xargs -r crictl stop -t 1 > /dev/null
rm -f /etc/kubernetes/manifests/kube-scheduler.yaml
base64 -d <<< "$POD" > /etc/kubernetes/pod.new
mv /etc/kubernetes/pod.new /etc/kubernetes/manifests/put-back.json
BOX
