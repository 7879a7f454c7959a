# variants: wrong=class
# The class that is named is made, for the same controller.
kubectl apply -f - <<END
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: traefik.io/ingress-controller}
END
kubectl -n "$SPACE" patch ingress tables --type=json \
  -p '[{"op": "replace", "path": "/spec/rules/0/host", "value": "'"$SPACE.example"'"}]'
