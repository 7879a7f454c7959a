box "$TARGET" 'cat /root/authority/kept.crt > /etc/kubernetes/kube-apiserver/pki/apiserver-etcd-client.crt'
