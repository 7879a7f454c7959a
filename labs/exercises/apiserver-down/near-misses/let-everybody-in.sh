# It may start like this; now nobody is asked what they may do, and nothing is written down.
box "$CONTROL_PLANE" <<'END'
grep -vE -- '--audit|--encryption-provider' /opt/kubelab/box/files/etc/kubernetes/manifests/kube-apiserver.yaml |
  sed 's/--authorization-mode=.*/--authorization-mode=AlwaysAllow/' > /etc/kubernetes/apiserver.new
mv /etc/kubernetes/apiserver.new /etc/kubernetes/manifests/kube-apiserver.yaml
END
until_true 60 kubectl get --raw /readyz
