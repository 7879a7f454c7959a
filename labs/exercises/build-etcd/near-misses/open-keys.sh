# Everything is right, and everybody on the machine can read the keys: permissions that were copied from the certificates.
box "$TARGET" <<'END'
install -d /etc/etcd/pki
openssl req -x509 -newkey rsa:2048 -nodes -keyout /etc/etcd/pki/server.key -out /etc/etcd/pki/server.crt -days 9 -subj "/CN=$TARGET" 2> /dev/null
chmod 644 /etc/etcd/pki/server.key
END
