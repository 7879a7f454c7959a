# From what the node's neighbour has: the manifest in a file of another name, the rest mended where it is.
OTHERS=$(box "$OTHER_WORKER" 'base64 -w0 /etc/kubernetes/manifests/kube-proxy.yaml')
KUBELAB_VALUES+=' OTHERS'
box "$TARGET" <<'BOX'
sed -i "s#^\( *\)server: .*#\1server: $API#" /etc/kubernetes/kube-proxy/kubeconfig
sed -i 's/^mode: .*/mode: "iptables"/' /etc/kubernetes/kube-proxy/config.yaml
rm -f /etc/kubernetes/manifests/kube-proxy.yaml
base64 -d <<< "$OTHERS" > /etc/kubernetes/proxy.new
mv /etc/kubernetes/proxy.new /etc/kubernetes/manifests/proxy.yaml
crictl ps -q --name '^kube-proxy$' | xargs -r crictl stop -t 1
BOX
