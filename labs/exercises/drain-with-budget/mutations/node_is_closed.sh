# also red: node_is_empty
kubectl uncordon "$TARGET"
