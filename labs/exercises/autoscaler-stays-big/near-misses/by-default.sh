# variants: wrong=forbidden, wrong=window
# It may, after five minutes.
kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p '{"spec":{"behavior":null}}'
