# A new pod, which has a debugger and has forgotten its word.
kubectl -n "$SPACE" get pod "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},"status":null,"spec":{"nodeName":null}}' > new.yaml
kubectl -n "$SPACE" delete pod "$APP" --timeout=30s
kubectl create -f new.yaml
kubectl -n "$SPACE" wait pod "$APP" --for=condition=Ready --timeout=60s
profile=baseline
[[ $RULES != strict ]] || profile=restricted
kubectl -n "$SPACE" debug "$APP" --image="$IMAGE" --target="$APP" --container=look --profile="$profile" -- ls /proc/1/root/state
