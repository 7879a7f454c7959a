# kube-proxy first, only the pods of this task are evicted, and the programs are copied instead of linked.
tag=$(kubectl get --raw /version | jq -r .gitVersion)
kubectl cordon "$TARGET"
kubectl drain "$TARGET" --pod-selector="app=$APP" --timeout=100s
new=$(box "$OTHER_WORKER" 'dirname "$(readlink /opt/bin/kubelet)"')
box "$TARGET" <<END
sed "s|/kube-proxy:.*|/kube-proxy:$tag|" /etc/kubernetes/manifests/kube-proxy.yaml > /root/kube-proxy.yaml
mv /root/kube-proxy.yaml /etc/kubernetes/manifests/kube-proxy.yaml
for program in kubelet kubectl; do
  cp "$new/\$program" "/opt/bin/.\$program"
  mv -f "/opt/bin/.\$program" "/opt/bin/\$program"
done
rm -rf /etc/systemd/system/kubelet.service.d/50-version.conf
systemctl daemon-reload
systemctl stop kubelet
systemctl start kubelet
END
until_true 60 bash -c "kubectl get node '$TARGET' -o jsonpath='{.status.nodeInfo.kubeletVersion}' | grep -qx '$tag'"
until_true 60 bash -c "kubectl -n kube-system get pod 'kube-proxy-$TARGET' -o jsonpath='{.spec.containers[0].image}' | grep -q ':$tag\$'"
kubectl -n kube-system wait --for=condition=Ready "pod/kube-proxy-$TARGET" --timeout=60s
kubectl uncordon "$TARGET"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
