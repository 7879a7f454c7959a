# It runs until its program ends, and greets nobody.
box "$TARGET" << 'END'
cd /etc/kubernetes/manifests
file=$APP.yaml
[[ $WRONG != hidden ]] || file=.$APP.yaml
sed -e '/env:/,$d' -e 's/imagePullPolicy: .*/imagePullPolicy: Never/' -e 's/^spec:/spec:\n  restartPolicy: Never/' "$file" > /etc/kubernetes/pod.new
rm "$file"
mv /etc/kubernetes/pod.new "$APP.yaml"
END
until_true 60 kubectl -n "$SPACE" wait pod "$APP-$TARGET" --for=condition=Ready --timeout=5s
