case $WRONG in
  requests) kubectl -n "$SPACE" set resources deployment "$APP" -c clock --requests=cpu=5m ;;
  metrics) kubectl patch apiservice v1beta1.metrics.k8s.io --type=merge -p '{"spec":{"service":{"name":"metrics-server"}}}' ;;
  rules) kubectl -n "$SPACE" patch hpa "$APP" --type=merge \
    -p '{"spec":{"scaleTargetRef":{"name":"'"$APP"'"},"behavior":{"scaleUp":{"selectPolicy":"Max"}}}}' ;;
esac
