kubectl -n "$SPACE" patch service "$NEXT" -p '{"spec":{"ports":[{"port":80,"targetPort":8081}]}}'
