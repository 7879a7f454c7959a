# Everything is new, and the pods were there all the time.
new=$(box "$OTHER_WORKER" 'dirname "$(readlink /opt/bin/kubelet)"')
tag=$(kubectl get --raw /version | jq -r .gitVersion)
box "$TARGET" <<END
ln -sfn "$new/kubelet" /opt/bin/kubelet
ln -sfn "$new/kubectl" /opt/bin/kubectl
rm -f /etc/systemd/system/kubelet.service.d/50-version.conf
systemctl daemon-reload
systemctl restart kubelet
sed -i -E "s|(image: .*/kube-proxy):.*|\1:$tag|" /etc/kubernetes/manifests/kube-proxy.yaml
END
until_true 60 bash -c "kubectl get node '$TARGET' -o jsonpath='{.status.nodeInfo.kubeletVersion}' | grep -qx '$tag'"
until_true 60 bash -c "kubectl -n kube-system get pod 'kube-proxy-$TARGET' -o jsonpath='{.spec.containers[0].image}' | grep -q ':$tag\$'"
kubectl -n kube-system wait --for=condition=Ready "pod/kube-proxy-$TARGET" --timeout=60s
