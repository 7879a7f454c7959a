# A startup probe for the start, a liveness probe of the program itself for the rest.
kubectl -n "$SPACE" patch deployment "$APP" --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"app",
  "startupProbe":{"httpGet":{"path":"/healthz","port":8080},"periodSeconds":2,"failureThreshold":30},
  "livenessProbe":{"exec":null,"httpGet":{"path":"/healthz","port":8080},"initialDelaySeconds":0,"periodSeconds":5,"failureThreshold":3}}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
