# A pod with the right name on the right machine; the API server made it, and a node that is made anew has none.
kubectl -n "$SPACE" run "$APP-$TARGET" --image="$IMAGE" --env="GREETING=$GREETING" \
  --overrides='{"spec": {"nodeName": "'"$TARGET"'"}}' -- netexec --http-port=8080
kubectl -n "$SPACE" wait pod "$APP-$TARGET" --for=condition=Ready --timeout=30s
