# variants: wrong=measure
# What it asks for is made to fit what it keeps: it goes, with the wrong measure and another request.
kubectl -n "$SPACE" set resources deployment "$APP" -c app --requests=cpu=20m,memory=60Mi
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
