kubectl -n kube-system get configmap coredns -o yaml | sed "s/ttl 5\b/ttl $TTL/" | kubectl apply -f -
