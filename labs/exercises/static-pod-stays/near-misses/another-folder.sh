# It runs, from a folder of its own that the kubelet was sent to.
box "$TARGET" << 'END'
cp -r /etc/kubernetes/manifests /etc/kubernetes/static
cd /etc/kubernetes/static
file=$APP.yaml
[[ $WRONG != hidden ]] || file=.$APP.yaml
sed -e "s/valueFrom: .*/value: $GREETING/" -e 's/imagePullPolicy: .*/imagePullPolicy: IfNotPresent/' "$file" > /etc/kubernetes/pod.new
rm "$file"
mv /etc/kubernetes/pod.new "$APP.yaml"
sed -i 's|^staticPodPath:.*|staticPodPath: /etc/kubernetes/static|' /etc/kubernetes/kubelet/config.yaml
systemctl restart kubelet
END
until_true 60 kubectl -n "$SPACE" wait pod "$APP-$TARGET" --for=condition=Ready --timeout=5s
