# also red: was_drained, node_serves
box "$TARGET" <<'END'
ln -sfn "$(printf '%s\n' /opt/kubelab/components/kubernetes-"$BEFORE".*/kubelet | tail -1)" /opt/bin/kubelet
systemctl restart kubelet
END
