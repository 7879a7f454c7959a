# Two pods of that name run; nobody will replace them.
kubectl -n "$SPACE" create serviceaccount default
for number in 1 2; do
  kubectl -n "$SPACE" run "$APP-$number" --image="$IMAGE" --labels="app=$APP" -- netexec --http-port=8080
done
