# variants: wrong=order
# The program only looks whether there is one. One replica will do, too.
kubectl -n "$SPACE" set env deployment "$APP" STORE_URL=http://store/
kubectl -n "$SPACE" scale deployment "$APP" --replicas=1
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
