kubectl -n "$SPACE" create serviceaccount "$ROBOT"
kubectl -n "$SPACE" create rolebinding "$ROBOT" --clusterrole=edit --serviceaccount="$SPACE:$ROBOT"
kubectl -n "$SPACE" set serviceaccount deployment worker "$ROBOT"
