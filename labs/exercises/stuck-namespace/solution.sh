case $WRONG in
  apiservice) kubectl delete apiservice v1.measure.kubelab.example ;;
  *) kubectl -n "$SPACE" patch "$WRONG" "$ITEM" --type=merge -p '{"metadata":{"finalizers":null}}' ;;
esac
kubectl wait --for=delete "namespace/$SPACE" --timeout=90s
