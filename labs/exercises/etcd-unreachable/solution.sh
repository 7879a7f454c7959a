case $FAULT in
  etcd-stopped)
    box "$ETCD" systemctl enable --now etcd flannel-config ;;
  etcd-client-url)
    box "$ETCD" <<'END'
sed -i "s#^listen-client-urls:.*#listen-client-urls: https://$ETCD_ADDRESS:2379,https://127.0.0.1:2379#" /etc/etcd/etcd.conf.yaml
systemctl restart etcd
END
    ;;
  *)
    box "$CONTROL_PLANE" <<'END'
sed "s#--etcd-servers=.*#--etcd-servers=https://$ETCD_ADDRESS:2379#" /etc/kubernetes/manifests/kube-apiserver.yaml > /etc/kubernetes/apiserver.new
mv /etc/kubernetes/apiserver.new /etc/kubernetes/manifests/kube-apiserver.yaml
END
    ;;
esac
