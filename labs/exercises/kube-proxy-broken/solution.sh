box "$TARGET" <<'END'
cd /opt/kubelab/box/files/etc/kubernetes
install -m 644 kube-proxy/config.yaml /etc/kubernetes/kube-proxy/config.yaml
install -m 600 kube-proxy/kubeconfig /etc/kubernetes/kube-proxy/kubeconfig
install -m 644 manifests/kube-proxy.yaml /etc/kubernetes/proxy.new
mv /etc/kubernetes/proxy.new /etc/kubernetes/manifests/kube-proxy.yaml
crictl ps -q --name '^kube-proxy$' | xargs -r crictl stop -t 1
END
