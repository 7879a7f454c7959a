# A pod of the namespace is on the machine while its kubelet is started anew.
kubectl -n "$SPACE" run guest --image="$IMAGE" --overrides='{"spec": {"nodeName": "'"$TARGET"'"}}' -- pause
kubectl -n "$SPACE" wait pod guest --for=condition=Ready --timeout=30s
sleep 3
box "$TARGET" 'systemctl restart kubelet'
