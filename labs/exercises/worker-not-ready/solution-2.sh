case $FAULT in
  kubelet-stopped)
    # Wanted at boot by the target itself.
    box "$TARGET" <<'BOX'
install -d /etc/systemd/system/multi-user.target.d
printf '[Unit]\nWants=kubelet.service\n' > /etc/systemd/system/multi-user.target.d/own.conf
systemctl daemon-reload
systemctl start kubelet
BOX
    ;;
  kubelet-config-broken)
    # As JSON, which says the same.
    CONFIG=$(box "$TARGET" 'cat /opt/kubelab/box/files/etc/kubernetes/kubelet/config.yaml' | as_json | base64 -w0)
    KUBELAB_VALUES+=' CONFIG'
    box "$TARGET" 'base64 -d <<< "$CONFIG" > /etc/kubernetes/kubelet/config.yaml; systemctl restart kubelet' ;;
  *) box "$TARGET" "sed -i 's#server: .*#server: $API#' /etc/kubernetes/kubelet/kubeconfig; systemctl restart kubelet" ;;
esac
