# Another file, in JSON, with another container beside it; no policy is named, and the tag is not "latest".
cat > pod.json <<END
{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "$APP", "namespace": "$SPACE", "labels": {"app": "$APP"}},
 "spec": {"terminationGracePeriodSeconds": 1, "containers": [
   {"name": "app", "image": "$IMAGE", "args": ["netexec", "--http-port=8080"], "env": [{"name": "GREETING", "value": "$GREETING"}]},
   {"name": "clock", "image": "$IMAGE", "imagePullPolicy": "Never", "args": ["pause"]}]}}
END
box "$TARGET" << END
rm -f /etc/kubernetes/manifests/$APP.yaml /etc/kubernetes/manifests/.$APP.yaml
printf '%s\n' '$(cat pod.json)' > /etc/kubernetes/pod.new
mv /etc/kubernetes/pod.new /etc/kubernetes/manifests/10-$APP.json
END
until_true 60 kubectl -n "$SPACE" wait pod "$APP-$TARGET" --for=condition=Ready --timeout=5s
