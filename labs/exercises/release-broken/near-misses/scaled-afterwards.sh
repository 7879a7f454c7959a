# variants: wrong=missing
# The release says one replica; kubectl made the others.
helm -n "$SPACE" install "$APP" "$FILES/counter" --set image="$IMAGE" --set-string greeting="$WORD\, come in" --wait --timeout 90s
kubectl -n "$SPACE" scale deployment "$APP" --replicas="$REPLICAS"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
