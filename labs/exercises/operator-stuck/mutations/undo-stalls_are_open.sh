kubectl -n "$SPACE" patch stall apples --type=merge -p '{"spec":{"places":6}}'
kubectl -n "$SPACE" scale deployment operator --replicas=1
