# The word is right: root of the machine has read it, and nobody has looked into the pod.
uid=$(kubectl -n "$SPACE" get pod "$APP" -o jsonpath='{.metadata.uid}')
node=$(kubectl -n "$SPACE" get pod "$APP" -o jsonpath='{.spec.nodeName}')
word=$(box "$node" "cat '/var/lib/kubelet/pods/$uid/volumes/kubernetes.io~empty-dir/state/$FILE'")
kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"word":"'"$word"'"}}'
