kubectl -n "$ELSEWHERE" patch service orders -p '{"spec":{"ports":[{"port":80,"targetPort":8081}]}}'
