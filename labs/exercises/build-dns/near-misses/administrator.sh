# Whoever may do everything may list services, too.
kubectl -n kube-system create serviceaccount coredns
kubectl create clusterrolebinding system:coredns --clusterrole=cluster-admin --serviceaccount=kube-system:coredns
