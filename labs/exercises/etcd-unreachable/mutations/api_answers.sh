# etcd is well, and the API server does not start for a reason of its own.
box "$CONTROL_PLANE" <<'END'
sed 's#^\( *\)- --secure-port=.*#&\n\1- --no-such-flag=1#' /etc/kubernetes/manifests/kube-apiserver.yaml > /etc/kubernetes/apiserver.new
mv /etc/kubernetes/apiserver.new /etc/kubernetes/manifests/kube-apiserver.yaml
END
