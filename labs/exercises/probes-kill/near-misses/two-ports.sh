# variants: wrong=port
# The readiness probe is bent to the same wrong port, and the deployment made anew: the pods are never Ready.
kubectl -n "$SPACE" get deployment "$APP" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null}}' > bare.yaml
kubectl patch --local -f bare.yaml -o yaml -p '{"spec":{"template":{"spec":{"containers":[{"name":"app",
  "readinessProbe":{"httpGet":{"port":8081}},"livenessProbe":{"initialDelaySeconds":60,"httpGet":{"port":8080}}}]}}}}' > new.yaml
kubectl -n "$SPACE" delete deployment "$APP" --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
