# also red: dns_is_whole
kubectl -n kube-system patch service kube-dns -p '{"spec":{"selector":{"k8s-app":"nobody"}}}'
