# Forward instead of back: the template is written anew as that revision had it. With the quota, in per cent.
if [[ $WRONG == quota ]]; then
  kubectl -n "$SPACE" patch deployment "$APP" --type=merge -p '{"spec":{"strategy":{"rollingUpdate":{"maxUnavailable":"34%"}}}}'
else
  kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"paused":false,"template":{"spec":{"containers":[
    {"name":"app","image":"'"$IMAGE"'","env":[{"name":"EDITION","value":"'"$WANT"'"}],
     "readinessProbe":{"httpGet":{"path":"/hostname","port":8080}}}]}}}}'
fi
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
