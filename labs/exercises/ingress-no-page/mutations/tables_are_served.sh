kubectl -n "$SPACE" patch service tables -p '{"spec":{"ports":[{"port":80,"targetPort":8081}]}}'
