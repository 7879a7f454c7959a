# One node less is no network more.
kubectl delete node "$TARGET"
