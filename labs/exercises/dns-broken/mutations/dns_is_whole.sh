# The service leads to one of the pods only: names are found, and nothing is left when that one goes.
staying='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}'
pods=$(kubectl -n kube-system get pods -l k8s-app=kube-dns -o go-template="$staying")
kubectl -n kube-system label pod "${pods%% *}" answers=yes
kubectl -n kube-system patch service kube-dns -p '{"spec":{"selector":{"answers":"yes"}}}'
