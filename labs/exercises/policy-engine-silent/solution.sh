case $WRONG in
  node) box "$TARGET" systemctl enable --now calico-node ;;
  controllers)
    box "$CONTROL_PLANE" <<'END'
install -m 644 /opt/kubelab/box/files/etc/kubernetes/manifests/calico-kube-controllers.yaml /etc/kubernetes/policy.new
mv /etc/kubernetes/policy.new /etc/kubernetes/manifests/calico-kube-controllers.yaml
END
    ;;
  etcd)
    box "$TARGET" <<'END'
sed -i 's#:2378#:2379#' /etc/calico/calico-node.env
systemctl restart calico-node
END
    ;;
esac
