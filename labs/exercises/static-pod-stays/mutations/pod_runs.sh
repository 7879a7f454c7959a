# It runs, and is never Ready.
box "$TARGET" << 'END'
sed 's/^      args:/      readinessProbe: {exec: {command: ["false"]}}\n      args:/' "/etc/kubernetes/manifests/$APP.yaml" > /etc/kubernetes/pod.new
mv /etc/kubernetes/pod.new "/etc/kubernetes/manifests/$APP.yaml"
END
