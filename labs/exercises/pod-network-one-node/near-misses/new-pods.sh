kubectl -n "$SPACE" delete daemonset probe --wait=false
