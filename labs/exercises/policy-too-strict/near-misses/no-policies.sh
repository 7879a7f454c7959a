# Everybody gets in now.
kubectl -n "$SPACE" delete networkpolicies --all
