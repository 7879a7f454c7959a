# Two policies: one that shuts the store, one that opens it to the client, by expressions and by the namespace's own label.
kubectl -n "$SPACE" create -f - <<JSON
{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "shut"},
   "spec": {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["store"]}]}}},
  {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "open"},
   "spec": {"podSelector": {"matchLabels": {"app": "store"}}, "policyTypes": ["Ingress"], "ingress": [
     {"from": [{"namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["$SPACE"]}]},
                "podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["$CLIENT"]}]}}],
      "ports": [{"protocol": "TCP", "port": $PORT, "endPort": $PORT}]}]}}]}
JSON
