kubectl -n "$SPACE" set resources deployment dev-till --limits=memory=48Mi
kubectl -n "$SPACE" rollout status deployment dev-till --timeout=60s
