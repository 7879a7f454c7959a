# A container that sees only itself; the word is a guess.
profile=baseline
[[ $RULES != strict ]] || profile=restricted
kubectl -n "$SPACE" debug "$APP" --image="$IMAGE" --container=look --profile="$profile" -- sh -c 'ls /state'
kubectl -n "$SPACE" patch configmap answer --type=merge -p '{"data":{"word":"amber"}}'
