# variants: wrong=backend
# Pods of another label for the service that selects none: deleted and made anew.
kubectl -n "$ELSEWHERE" delete deployment orders
kubectl -n "$ELSEWHERE" apply -f - <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  replicas: 2
  selector: {matchLabels: {app: order}}
  template:
    metadata: {labels: {app: order}}
    spec: {containers: [{name: app, image: "$IMAGE", args: [serve-hostname, --port=8080]}]}
END
