box "$CONTROL_PLANE" 'rm /etc/kubernetes/addons/10-dns.yaml'
kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
kubectl -n "$SPACE" run asker --image="$IMAGE" --grace-period=1 -- pause
kubectl -n "$SPACE" wait --for=condition=Ready pod/asker --timeout=60s
kubectl -n kube-system delete deployment/coredns service/kube-dns configmap/coredns serviceaccount/coredns
kubectl delete clusterrolebinding/system:coredns clusterrole/system:coredns
cover "$CONTROL_PLANE"
