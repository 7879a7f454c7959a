# The robot has what it needs, and so has somebody whom nobody asked about.
kubectl -n "$SPACE" create serviceaccount "$ROBOT"
kubectl -n "$SPACE" create role "$ROBOT" --verb="$VERB" --resource="$RESOURCE"
kubectl -n "$SPACE" create role "$ROBOT-too" --verb="$ALSO" --resource="$OBJECT"
for role in "$ROBOT" "$ROBOT-too"; do
  kubectl -n "$SPACE" create rolebinding "$role" --role="$role" --serviceaccount="$SPACE:$ROBOT" --user=operator
done
kubectl -n "$SPACE" set serviceaccount deployment worker "$ROBOT"
kubectl -n "$SPACE" rollout status deployment worker --timeout=60s
