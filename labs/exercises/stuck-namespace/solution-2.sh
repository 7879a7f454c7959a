# variants: wrong=configmap, wrong=service
# Whatever is left in it, of any kind: its finalizers are set to none, by one patch that is no merge.
kubectl get configmaps,services -n "$SPACE" -o name | while read -r item; do
  kubectl -n "$SPACE" get "$item" -o jsonpath='{.metadata.finalizers}' | grep -q . || continue
  kubectl -n "$SPACE" patch "$item" --type=json -p '[{"op": "replace", "path": "/metadata/finalizers", "value": []}]'
done
kubectl wait --for=delete "namespace/$SPACE" --timeout=90s
