# variants: wrong=rules
# It measures, and may do nothing with it.
kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p '{"spec":{"scaleTargetRef":{"name":"'"$APP"'"}}}'
until_true 90 kubectl -n "$SPACE" wait hpa "$APP" --for=condition=ScalingActive --timeout=1s
