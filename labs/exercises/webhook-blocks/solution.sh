case $WRONG in
  policy) kubectl delete validatingadmissionpolicybinding,validatingadmissionpolicy "$NAME" ;;
  *) kubectl delete "${WRONG}webhookconfiguration" "$NAME" ;;
esac
admitted() { kubectl -n "$SPACE" run try --image="$IMAGE" --dry-run=server -- pause; }
until_true 20 admitted
# A replica set that was refused tries again after a while; a new rollout asks at once.
kubectl -n "$SPACE" rollout restart deployment app
