kubectl create namespace "$SPACE"
