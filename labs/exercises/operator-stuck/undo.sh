# Stalls go before their definition, and nobody writes a receipt: the operator goes first.
kubectl -n "$SPACE" delete deployment operator --ignore-not-found --cascade=foreground --timeout=30s
definition=$(kubectl get crd stalls.fair.kubelab.example --ignore-not-found -o name)
if [[ -n $definition ]]; then
  for stall in $(kubectl -n "$SPACE" get stalls.fair.kubelab.example -o name); do
    kubectl -n "$SPACE" patch "$stall" --type=merge -p '{"metadata":{"finalizers":null}}' || true
  done
  kubectl -n "$SPACE" delete stalls.fair.kubelab.example --all --timeout=20s
fi
