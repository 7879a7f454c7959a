# Objects of a kind whose definition is taken away: they go before it, and never come back with the next one.
definition=$(kubectl get crd "$PLURAL.market.kubelab.example" --ignore-not-found -o name)
[[ -z $definition ]] || kubectl -n "$SPACE" delete "$PLURAL.market.kubelab.example" --all --timeout=20s
