kubectl delete node "$TARGET"
