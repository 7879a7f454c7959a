profile=baseline
echo '{}' > custom.json
case $RULES in
  user) echo '{"securityContext": {"runAsUser": 1000, "runAsGroup": 1000}}' > custom.json ;;
  strict) profile=restricted ;;
esac
kubectl -n "$SPACE" debug "$APP" --image="$IMAGE" --target="$APP" --container=look --profile="$profile" \
  --custom=custom.json -- cat "/proc/1/root/state/$FILE"
said() { kubectl -n "$SPACE" logs "$APP" -c look | grep .; }
until_true 30 said
kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"word":"'"$(said)"'"}}'
