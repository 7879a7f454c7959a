case $FAULT in
  kubelet-stopped) box "$TARGET" systemctl enable --now kubelet ;;
  *)
    box "$TARGET" <<'END'
# journalctl -u kubelet names the line that it does not understand, or the port where nobody answers.
for file in config.yaml kubeconfig; do
  install -m "$(stat -c %a /opt/kubelab/box/files/etc/kubernetes/kubelet/$file)" \
    /opt/kubelab/box/files/etc/kubernetes/kubelet/$file /etc/kubernetes/kubelet/$file
done
systemctl restart kubelet
END
    ;;
esac
