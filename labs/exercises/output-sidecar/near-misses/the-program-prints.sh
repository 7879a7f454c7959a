# variants: wrong=missing
# Another program, on one replica, in a deployment that was made anew.
kubectl -n "$SPACE" get deployment "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},"spec":{"replicas":1}}' > bare.yaml
sed 's/>> /| tee -a /' bare.yaml > new.yaml
kubectl -n "$SPACE" delete deployment "$APP" --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
