# variants: wrong=image, wrong=paused
# The rollout ends well, with the edition that nobody wants.
kubectl -n "$SPACE" rollout resume deployment "$APP" || true
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"template":{"spec":{"containers":[
  {"name":"app","image":"'"$IMAGE"'","readinessProbe":{"httpGet":{"path":"/hostname","port":8080}}}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
