# While at it, somebody made the node trust what he has made himself.
box "$TARGET" <<'END'
openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/own.key -out /etc/kubernetes/kubelet/ca.crt -days 9 -subj /CN=own 2> /dev/null
rm -f /tmp/own.key
END
