# The usual profile, in a namespace that now forbids nothing.
kubectl label namespace "$SPACE" pod-security.kubernetes.io/enforce=privileged --overwrite
kubectl -n "$SPACE" debug "$APP" --image="$IMAGE" --target="$APP" --container=look --profile=general -- cat "/proc/1/root/state/$FILE"
said() { kubectl -n "$SPACE" logs "$APP" -c look | grep .; }
until_true 30 said
kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"word":"'"$(said)"'"}}'
