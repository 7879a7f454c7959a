kubectl -n "$SPACE" create serviceaccount "$ROBOT"
kubectl -n "$SPACE" create role "$ROBOT" --verb="$VERB,$ALSO" --resource="$RESOURCE,$OBJECT"
kubectl -n "$SPACE" create rolebinding "$ROBOT" --role="$ROBOT" --group="system:serviceaccounts:$SPACE"
kubectl -n "$SPACE" set serviceaccount deployment worker "$ROBOT"
