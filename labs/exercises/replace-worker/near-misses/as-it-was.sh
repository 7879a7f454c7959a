# Everything back from the copy, the keys that were stolen among it.
box "$TARGET" <<'END'
cp -a /opt/kubelab/box/files/etc/kubernetes/. /etc/kubernetes/
cp -a /opt/kubelab/box/files/etc/cni/net.d/. /etc/cni/net.d/
chmod 600 /etc/kubernetes/kubelet/kubeconfig /etc/kubernetes/kubelet/server.key
systemctl enable --now kubelet
END
until_true 60 kubectl get node "$TARGET"
kubectl label node "$TARGET" "$LABEL=$VALUE"
[[ $EFFECT == none ]] || kubectl taint node "$TARGET" "reserved=$SPACE:$EFFECT"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=90s
