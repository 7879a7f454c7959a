case $WRONG in
  forbidden) change='{"behavior":{"scaleDown":{"selectPolicy":"Max"}}}' ;;
  window) change='{"behavior":{"scaleDown":{"stabilizationWindowSeconds":30}}}' ;;
  measure) change='{"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}]}' ;;
esac
kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p "{\"spec\":$change}"
