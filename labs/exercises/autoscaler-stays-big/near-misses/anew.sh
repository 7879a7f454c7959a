# variants: wrong=forbidden
# A right autoscaler; the workload is not the one that there was.
kubectl -n "$SPACE" get deployment "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},"spec":{"replicas":1}}' > new.yaml
kubectl -n "$SPACE" delete deployment "$APP" --timeout=30s
kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p '{"spec":{"behavior":{"scaleDown":{"selectPolicy":"Max"}}}}'
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
