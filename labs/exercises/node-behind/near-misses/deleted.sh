# A drain that asks no budget.
kubectl drain "$TARGET" --pod-selector="app=$APP" --disable-eviction --timeout=100s
new=$(box "$OTHER_WORKER" 'dirname "$(readlink /opt/bin/kubelet)"')
box "$TARGET" <<END
ln -sfn "$new/kubelet" /opt/bin/kubelet
ln -sfn "$new/kubectl" /opt/bin/kubectl
rm -f /etc/systemd/system/kubelet.service.d/50-version.conf
systemctl daemon-reload
systemctl restart kubelet
END
kubectl uncordon "$TARGET"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
