# What was asked for, and what the next task may need.
kubectl -n "$SPACE" create serviceaccount "$ROBOT"
for pair in "$VERB $RESOURCE" "$ALSO $OBJECT" "get,list services" "get,list events,persistentvolumeclaims"; do
  name=$(tr -c 'a-z0-9\n' - <<< "$pair")
  kubectl -n "$SPACE" create role "$name" --verb="${pair% *}" --resource="${pair#* }"
  kubectl -n "$SPACE" create rolebinding "$name" --role="$name" --serviceaccount="$SPACE:$ROBOT"
done
kubectl -n "$SPACE" set serviceaccount deployment worker "$ROBOT"
kubectl -n "$SPACE" rollout status deployment worker --timeout=60s
