# Whatever is called alike goes.
for space in "$SPACE" "$SPACE-next"; do
  for kind in configmap service; do
    kubectl -n "$space" patch "$kind" "$ITEM" --type=merge -p '{"metadata":{"finalizers":null}}' || true
  done
done
kubectl delete namespace "$SPACE-next" --wait=false
kubectl delete apiservice v1.measure.kubelab.example --ignore-not-found
