kubectl -n "$SPACE" patch daemonset "$AGENT" --type=merge \
  -p '{"spec":{"template":{"spec":{"tolerations":[{"key":"maintenance","value":"network"}]}}}}'
