# variants: wrong=immutable
# The deployment is made anew with its settings, and rolled out once more: right values, and a gap.
kubectl -n "$SPACE" create configmap today --from-literal="limit=$LIMIT"
kubectl -n "$SPACE" patch secret access --type=merge -p '{"stringData":{"password":"'"$WORD"'"}}'
kubectl -n "$SPACE" get deployment "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null}}' > bare.yaml
sed 's/name: settings/name: today/' bare.yaml > new.yaml
kubectl -n "$SPACE" delete deployment "$APP" --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout restart deployment "$APP"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
