# variants: wrong=path, wrong=key
# The objects are right, and the pods have what they had.
kubectl -n "$SPACE" patch configmap settings --type=merge -p '{"data":{"limit":"'"$LIMIT"'"}}'
kubectl -n "$SPACE" patch secret access --type=merge -p '{"stringData":{"password":"'"$WORD"'"}}'
