# It was read at the start.
box "$TARGET" <<'END'
file=/etc/kubernetes/kubelet/kubeconfig
cp -p $file /root/kubeconfig
sed -i "s#client-key-data: [^}]*#client-key-data: $(openssl ecparam -name prime256v1 -genkey -noout | base64 -w0)#" $file
END
