# Nobody can take an ephemeral container out of a pod: this is another pod.
kubectl -n "$SPACE" get pod "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},"status":null,"spec":{"nodeName":null,"ephemeralContainers":null}}' > new.yaml
kubectl -n "$SPACE" delete pod "$APP" --timeout=30s
kubectl create -f new.yaml
kubectl -n "$SPACE" wait pod "$APP" --for=condition=Ready --timeout=60s
