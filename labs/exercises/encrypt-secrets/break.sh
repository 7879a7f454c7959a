box "$CONTROL_PLANE" <<'END'
f=/etc/kubernetes/kube-apiserver/encryption.yaml
key=$(sed -n 's/.*secret: *//p' /opt/kubelab/box/files$f | head -1 | tr -d '"')
name=$(sed -n 's/.*- name: *//p' /opt/kubelab/box/files$f | head -1 | tr -d '"')
provider=$(grep -oE 'aescbc|aesgcm|secretbox' /opt/kubelab/box/files$f | head -1)
encrypt="- $provider: {keys: [{name: $name, secret: $key}]}"
resources=secrets
case $WRONG in
  identity-first) list="      - identity: {}
      $encrypt" ;;
  only-configmaps) resources=configmaps; list="      $encrypt
      - identity: {}" ;;
  only-identity) list="      - identity: {}
      $encrypt" ;;
esac
{ printf 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n'
  printf '  - resources: [%s]\n    providers:\n%s\n' "$resources" "$list"
  if [[ $WRONG == only-configmaps ]]; then
    printf '  - resources: [secrets]\n    providers:\n      - identity: {}\n      %s\n' "$encrypt"
  fi
} > /etc/kubernetes/encryption.new
chmod 600 /etc/kubernetes/encryption.new
mv /etc/kubernetes/encryption.new $f
crictl ps -q --name '^kube-apiserver$' | xargs -r crictl stop -t 3
END
ready() { kubectl get --raw /readyz --request-timeout=2s; }
sleep 2
until_true 90 ready
kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create secret generic "$ITEM" --from-literal=word="plain-$ITEM-$SPACE"
