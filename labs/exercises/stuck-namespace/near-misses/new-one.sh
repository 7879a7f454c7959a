# Renaming the trouble.
kubectl label namespace "$SPACE" ignored=yes --overwrite
