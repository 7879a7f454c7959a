# also red: nothing_is_left
kubectl create namespace "$SPACE"
