kubectl -n kube-system patch service kube-dns --type=json -p '[{"op": "add", "path": "/spec/ports/-", "value": {"name": "dns-tcp", "port": 53, "protocol": "TCP"}}]'
