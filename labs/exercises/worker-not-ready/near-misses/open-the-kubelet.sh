# A new configuration that lets everybody in.
box "$TARGET" <<'END'
sed -e 's/mode: Webhook/mode: AlwaysAllow/' -e '/anonymous:/{n;s/false/true/}' \
  /opt/kubelab/box/files/etc/kubernetes/kubelet/config.yaml > /etc/kubernetes/kubelet/config.yaml
install -m 600 /opt/kubelab/box/files/etc/kubernetes/kubelet/kubeconfig /etc/kubernetes/kubelet/kubeconfig
systemctl enable kubelet
systemctl restart kubelet
END
