# also red: service_leads_there
kubectl -n kube-system patch service kube-dns -p '{"spec":{"selector":{"k8s-app":"nobody"}}}'
