# A machine's extended resources are in its status, which is not put back otherwise.
for node in $(kubectl get nodes -o jsonpath='{.items[*].metadata.name}'); do
  kubectl patch node "$node" --subresource=status --type=merge \
    -p '{"status":{"capacity":{"kubelab.example/berth":null},"allocatable":{"kubelab.example/berth":null}}}'
done
