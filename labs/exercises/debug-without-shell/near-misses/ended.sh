# variants: rules=plain
# The right word, and the program was ended on the way.
kubectl -n "$SPACE" debug "$APP" --image="$IMAGE" --target="$APP" --container=look --profile=baseline -- \
  sh -c "cat /proc/1/root/state/$FILE; kill 1; sleep 2"
said() { kubectl -n "$SPACE" logs "$APP" -c look | grep .; }
until_true 30 said
kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"word":"'"$(said)"'"}}'
again() { [[ $(kubectl -n "$SPACE" get pod "$APP" -o jsonpath='{.status.containerStatuses[0].restartCount}') != 0 ]]; }
until_true 30 again
