# An authority of one's own signs whatever it is asked to.
box "$WORKER" <<'END'
openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/own.key -out /etc/kubernetes/kubelet/ca.crt -days 9 -subj /CN=own 2> /dev/null
rm -f /tmp/own.key
END
kubectl -n "$SPACE" create rolebinding "$USER" --clusterrole="$ROLE" --user="$USER"
