# What runs, runs; the node is not what it was.
kubectl label node "$TARGET" "$LABEL-"
