lend kubernetes "$CONTROL_PLANE"
lend kubernetes "$TARGET"
box "$TARGET" 'rm /etc/kubernetes/kubelet/kubeconfig; systemctl restart --no-block kubelet'
cover "$TARGET"
box "$CONTROL_PLANE" <<'END'
rm /etc/kubernetes/kube-apiserver/pki/apiserver.crt /etc/kubernetes/kube-apiserver/pki/apiserver.key
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 0 > /dev/null
END
cover "$CONTROL_PLANE"
