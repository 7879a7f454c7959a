box "$TARGET" <<'END'
tag=$("$(printf '%s\n' /opt/kubelab/components/kubernetes-"$BEFORE".*/kubectl | tail -1)" version --client -o json | jq -r .clientVersion.gitVersion)
sed -i -E "s|(image: .*/kube-proxy):.*|\1:$tag|" /etc/kubernetes/manifests/kube-proxy.yaml
END
