# The operator sleeps, and a stall wants another place.
kubectl -n "$SPACE" scale deployment operator --replicas=0
until_true 20 kubectl -n "$SPACE" wait pods -l app=operator --for=delete --timeout=5s
kubectl -n "$SPACE" patch stall apples --type=merge -p '{"spec":{"places":60}}'
