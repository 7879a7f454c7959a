kubectl -n kube-system patch service kube-dns -p '{"spec":{"selector":{"answers":null}}}'
kubectl -n kube-system label pods -l k8s-app=kube-dns answers-
