case $WRONG in
  policy) kubectl patch validatingadmissionpolicybinding "$NAME" --type=merge -p '{"spec":{"validationActions":["Audit"]}}' ;;
  *)
    kubectl patch "${WRONG}webhookconfiguration" "$NAME" --type=json \
      -p '[{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]' ;;
esac
admitted() { kubectl -n "$SPACE" run try --image="$IMAGE" --dry-run=server -- pause; }
until_true 20 admitted
kubectl -n "$SPACE" rollout restart deployment app
