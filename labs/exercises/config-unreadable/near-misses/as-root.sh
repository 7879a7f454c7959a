# variants: wrong=mode
# Root reads everything.
kubectl -n "$SPACE" patch deployment "$APP" -p '{"spec":{"template":{"spec":{"securityContext":{"runAsUser":0,"runAsNonRoot":false}}}}}'
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
