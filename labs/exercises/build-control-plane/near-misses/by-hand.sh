# The pods are made by hand, on a node that was chosen by hand.
for number in 1 2; do
  kubectl -n "$SPACE" run "till-$number" --image="$IMAGE" --labels=app=till \
    --overrides="{\"spec\":{\"nodeName\":\"$WORKER\",\"automountServiceAccountToken\":false}}" -- netexec --http-port=8080 || true
done
kubectl -n "$SPACE" patch deployment till -p "{\"spec\":{\"template\":{\"spec\":{\"nodeName\":\"$WORKER\"}}}}"
