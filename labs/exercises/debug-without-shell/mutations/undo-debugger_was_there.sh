profile=baseline
[[ $RULES != strict ]] || profile=restricted
kubectl -n "$SPACE" debug "$APP" --image="$IMAGE" --target="$APP" --container=look --profile="$profile" -- ls /
