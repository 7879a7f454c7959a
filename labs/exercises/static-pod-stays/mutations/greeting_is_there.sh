box "$TARGET" << 'END'
sed "s/value: .*/value: nobody/" "/etc/kubernetes/manifests/$APP.yaml" > /etc/kubernetes/pod.new
mv /etc/kubernetes/pod.new "/etc/kubernetes/manifests/$APP.yaml"
END
