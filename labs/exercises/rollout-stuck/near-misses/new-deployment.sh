# variants: wrong=paused
# A new one, as it was meant; the history and the customers are gone.
kubectl -n "$SPACE" get deployment "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},"spec":{"paused":null}}' > bare.yaml
kubectl patch --local -f bare.yaml -o yaml -p '{"spec":{"template":{"spec":{"containers":[
  {"name":"app","env":[{"name":"EDITION","value":"'"$WANT"'"}],"readinessProbe":{"httpGet":{"port":8080}}}]}}}}' > new.yaml
kubectl -n "$SPACE" delete deployment "$APP" --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
