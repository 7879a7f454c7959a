# Only cordoned: everything else on it is well.
kubectl cordon "$TARGET"
