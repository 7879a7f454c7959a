# Where configuration maps were encrypted, the lab's own API server could not read them: they are written plainly first.
[[ $WRONG == only-configmaps ]] || exit 0
box "$CONTROL_PLANE" <<'END'
f=/etc/kubernetes/kube-apiserver/encryption.yaml
key=$(sed -n 's/.*secret: *//p' /opt/kubelab/box/files$f | head -1)
name=$(sed -n 's/.*- name: *//p' /opt/kubelab/box/files$f | head -1)
secretbox="      - secretbox: {keys: [{name: $name, secret: $key}]}"
{ printf 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n'
  printf '  - resources: [secrets]\n    providers:\n%s\n      - identity: {}\n' "$secretbox"
  printf '  - resources: [configmaps]\n    providers:\n      - identity: {}\n%s\n' "$secretbox"
} > /etc/kubernetes/encryption.new
chmod 600 /etc/kubernetes/encryption.new
mv /etc/kubernetes/encryption.new $f
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 3
END
sleep 3
readable() { kubectl get configmaps -A --request-timeout=4s; }
until_true 90 readable
kubectl get configmaps -A -o json | kubectl replace -f - > /dev/null || true
