# variants: wrong=metrics
# There are figures again, and whoever answers is believed.
kubectl patch apiservice v1beta1.metrics.k8s.io --type=merge \
  -p '{"spec":{"service":{"name":"metrics-server"},"insecureSkipTLSVerify":true,"caBundle":null}}'
three() { [[ $(kubectl -n "$SPACE" get deployment "$APP" -o jsonpath='{.status.readyReplicas}') == 3 ]]; }
until_true 90 three
