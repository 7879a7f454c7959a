# An API server that asks nobody is no answer, and restarts for a while.
box "$CONTROL_PLANE" <<'END'
m=/etc/kubernetes/manifests/kube-apiserver.yaml
sed 's/--enable-admission-plugins=NodeRestriction/--disable-admission-plugins=NodeRestriction/' $m > /etc/kubernetes/api.new
mv /etc/kubernetes/api.new $m
END
sleep 5
