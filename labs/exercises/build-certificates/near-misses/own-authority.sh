# Signed by oneself: the server starts, and nobody believes it; the kubelet is told to.
box "$CONTROL_PLANE" <<'END'
cd /etc/kubernetes/kube-apiserver/pki
openssl req -x509 -newkey rsa:2048 -nodes -keyout apiserver.key -out apiserver.crt -days 90 -subj /CN=kube-apiserver 2> /dev/null
chmod 644 apiserver.key
END
OWN=$(box "$CONTROL_PLANE" 'base64 -w0 /etc/kubernetes/kube-apiserver/pki/apiserver.crt')
box "$TARGET" "base64 -d <<< $OWN > /etc/kubernetes/kubelet/ca.crt"
