# variants: move=name
# diary is bent to the claim of old-diary: it has the entry, and the claim new is nowhere; a new deployment at that.
kubectl -n "$SPACE" scale deployment old-diary --replicas=0
kubectl -n "$SPACE" get deployment diary -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},
  "spec":{"template":{"spec":{"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"old"}}]}}}}' > new.yaml
kubectl -n "$SPACE" delete deployment diary --timeout=30s
kubectl -n "$SPACE" create -f new.yaml
kubectl -n "$SPACE" rollout status deployment diary --timeout=60s
