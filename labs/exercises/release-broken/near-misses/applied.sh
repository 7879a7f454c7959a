# variants: wrong=missing
# The chart's objects without a release.
printf 'image: "%s"\nreplicas: %s\ngreeting: "%s, come in"\n' "$IMAGE" "$REPLICAS" "$WORD" > values.yaml
helm -n "$SPACE" template "$APP" "$FILES/counter" --values values.yaml | kubectl -n "$SPACE" apply -f -
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
