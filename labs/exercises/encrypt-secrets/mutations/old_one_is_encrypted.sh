# also red: new_ones_are_encrypted
kubectl -n "$SPACE" delete secret "$ITEM"
