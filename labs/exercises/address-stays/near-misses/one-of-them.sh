# One spare is put right: enough for one loss, and not for the next.
spare=$(kubectl get nodes -l node-role.kubernetes.io/control-plane -o name | sed 's#node/##' | grep -vxF "$TARGET" | head -1)
box "$spare" <<'END'
cat /opt/kubelab/box/files/etc/kubernetes/keepalived/keepalived.conf > /etc/kubernetes/keepalived/keepalived.conf
cp /opt/kubelab/box/files/etc/kubernetes/manifests/keepalived.yaml /etc/kubernetes/keepalived.new
mv /etc/kubernetes/keepalived.new /etc/kubernetes/manifests/keepalived.yaml
crictl ps -q --name '^keepalived$' | xargs -r crictl stop -t 1
END
