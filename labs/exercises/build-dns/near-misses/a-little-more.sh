# The account may more than the task says.
kubectl -n kube-system create serviceaccount coredns
kubectl create clusterrole system:coredns --verb=get,list,watch --resource=services,namespaces,pods,endpoints,endpointslices.discovery.k8s.io
kubectl create clusterrolebinding system:coredns --clusterrole=system:coredns --serviceaccount=kube-system:coredns
