# variants: wrong=port
# A program that hangs still listens; and one replica will do.
kubectl -n "$SPACE" patch deployment "$APP" --type=strategic -p '{"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"app",
  "livenessProbe":{"httpGet":null,"tcpSocket":{"port":8080},"initialDelaySeconds":45}}]}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
