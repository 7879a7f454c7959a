box "$TARGET" 'mv /root/client.crt /etc/etcd/pki/client.crt'
