kubectl -n "$SPACE" create serviceaccount "$ROBOT"
kubectl create clusterrole "$ROBOT" --verb="$VERB,$ALSO" --resource="$RESOURCE,$OBJECT"
kubectl create clusterrolebinding "$ROBOT" --clusterrole="$ROBOT" --serviceaccount="$SPACE:$ROBOT"
kubectl -n "$SPACE" set serviceaccount deployment worker "$ROBOT"
