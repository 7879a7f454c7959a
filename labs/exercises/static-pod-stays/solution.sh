# The same file, with what was wrong put right, at once: half a manifest would be read as another pod.
box "$TARGET" << 'END'
cd /etc/kubernetes/manifests
file=$APP.yaml
[[ $WRONG != hidden ]] || file=.$APP.yaml
sed -e "s/valueFrom: .*/value: $GREETING/" -e 's/imagePullPolicy: .*/imagePullPolicy: IfNotPresent/' "$file" > /etc/kubernetes/pod.new
rm "$file"
mv /etc/kubernetes/pod.new "$APP.yaml"
END
until_true 60 kubectl -n "$SPACE" wait pod "$APP-$TARGET" --for=condition=Ready --timeout=5s
