# They are gone at once, and come back elsewhere; the budget was not asked.
kubectl cordon "$TARGET"
kubectl -n "$SPACE" delete pods -l "app=$APP" --field-selector "spec.nodeName=$TARGET"
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
