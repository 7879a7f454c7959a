# The autoscaler keeps one, whatever comes.
kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p '{"spec":{"maxReplicas":1}}'
one() { [[ $(kubectl -n "$SPACE" get deployment "$APP" -o jsonpath='{.status.replicas}') == 1 ]]; }
until_true 40 one
