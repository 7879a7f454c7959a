kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
kubectl -n "$SPACE" run asker --image="$IMAGE" --grace-period=1 -- pause
kubectl -n "$SPACE" wait --for=condition=Ready pod/asker --timeout=30s
