# It was read at the start; the next start would fail.
box "$CONTROL_PLANE" <<'END'
file=/etc/kubernetes/kube-scheduler/kubeconfig
cp -p $file /root/kubeconfig
openssl ecparam -name prime256v1 -genkey -noout -out /root/own.key
sed -i "s#client-key-data: [^}]*#client-key-data: $(base64 -w0 /root/own.key)#" $file
rm /root/own.key
END
