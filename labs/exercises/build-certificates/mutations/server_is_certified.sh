# A pair that does not fit is not taken over: the server goes on with the one that it has read, until its next start.
box "$CONTROL_PLANE" <<'END'
cd /etc/kubernetes/kube-apiserver/pki
cp -p apiserver.key /root/apiserver.key
openssl ecparam -name prime256v1 -genkey -noout > apiserver.key
END
