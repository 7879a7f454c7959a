# Stalls go before their definition, and nobody writes a receipt: the operator goes first. A definition that was forced
# away has left its stalls behind, in whichever namespace: they are there again with the next one, and go with these.
kubectl -n "$SPACE" delete deployment operator --ignore-not-found --cascade=foreground --timeout=30s
definition=$(kubectl get crd stalls.fair.kubelab.example --ignore-not-found -o name)
if [[ -n $definition ]]; then
  kubectl get stalls.fair.kubelab.example -A -o 'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\n"}{end}' |
    while read -r space stall; do
      kubectl -n "$space" patch stalls.fair.kubelab.example "$stall" --type=merge -p '{"metadata":{"finalizers":null}}' || true
    done
  kubectl delete stalls.fair.kubelab.example --all --all-namespaces --timeout=20s
fi
