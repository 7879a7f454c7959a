# For long answers there is no way.
kubectl -n kube-system patch service kube-dns --type=json -p '[{"op": "remove", "path": "/spec/ports/1"}]'
