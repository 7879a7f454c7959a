# An authority of one's own, and keys that everybody can read.
box "$TARGET" <<'END'
install -d /etc/kubernetes/kubelet
cd /etc/kubernetes/kubelet
openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -out ca.crt -days 9 -subj /CN=own 2> /dev/null
cp ca.crt server.crt
chmod 644 server.key
END
