# variants: wrong=route
# All pages, by a listener more in the lab's own Gateway, and an authority that everybody of the cluster may use.
kubectl -n gateway patch gateway gateway --type=json -p '[{"op": "add", "path": "/spec/listeners/-", "value":
  {"name": "web", "protocol": "HTTP", "port": 80, "hostname": "'"$SPACE.example"'", "allowedRoutes": {"namespaces": {"from": "All"}}}}]'
for route in menu orders; do
  kubectl -n "$SPACE" patch httproute "$route" --type=merge \
    -p '{"spec":{"hostnames":["'"$SPACE.example"'"],"parentRefs":[{"name":"gateway","namespace":"gateway"}]}}'
done
