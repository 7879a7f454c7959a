kubectl cordon "$TARGET"
kubectl delete node "$TARGET"
