box "$CONTROL_PLANE" <<'END'
install -m 600 /opt/kubelab/box/files/etc/kubernetes/kube-apiserver/encryption.yaml /etc/kubernetes/kube-apiserver/encryption.yaml
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 3
END
sleep 3
ready() { kubectl get --raw /readyz --request-timeout=2s; }
until_true 90 ready
kubectl -n "$SPACE" get secret "$ITEM" -o json | kubectl replace -f -
