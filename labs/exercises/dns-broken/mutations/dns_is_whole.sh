# The service leads to one of the pods only: names are found, and nothing is left when that one goes.
pod=$(kubectl -n kube-system get pods -l k8s-app=kube-dns -o name | head -1)
kubectl -n kube-system label "$pod" answers=yes
kubectl -n kube-system patch service kube-dns -p '{"spec":{"selector":{"answers":"yes"}}}'
