# New pods wait as the old ones did.
kubectl -n "$SPACE" delete pods --all --wait=false
