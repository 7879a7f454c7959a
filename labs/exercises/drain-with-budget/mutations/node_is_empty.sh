# Somebody else's pod in the namespace, put there by hand.
kubectl -n "$SPACE" run guest --image="$IMAGE" --overrides='{"spec": {"nodeName": "'"$TARGET"'"}}' -- pause
