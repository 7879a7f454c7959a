# variants: wrong=requests, wrong=metrics
# The autoscaler keeps three without knowing anything.
kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p '{"spec":{"minReplicas":3}}'
three() { [[ $(kubectl -n "$SPACE" get deployment "$APP" -o jsonpath='{.status.readyReplicas}') == 3 ]]; }
until_true 40 three
