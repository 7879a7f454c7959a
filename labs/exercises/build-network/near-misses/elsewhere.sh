# It runs on nodes that have a network.
kubectl -n "$SPACE" patch daemonset walker -p "{\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":{\"kubernetes.io/hostname\":\"$OTHER_WORKER\"}}}}}"
