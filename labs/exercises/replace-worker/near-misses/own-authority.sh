# Keys of one's own, an authority of one's own, and rights for whoever asks.
box "$TARGET" <<'END'
cp -a /opt/kubelab/box/files/etc/kubernetes/. /etc/kubernetes/
cp -a /opt/kubelab/box/files/etc/cni/net.d/. /etc/cni/net.d/
cd /etc/kubernetes/kubelet
openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -out server.crt -days 400 -subj "/O=system:nodes/CN=system:node:$TARGET" 2> /dev/null
cat server.crt >> ca.crt
chmod 644 server.key
systemctl enable --now kubelet
END
kubectl create clusterrolebinding nodes-may --clusterrole=cluster-admin --group=system:nodes
