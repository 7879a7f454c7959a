kubectl -n kube-system scale deployment coredns --replicas="$COPIES"
