kubectl delete namespace "$SPACE" --wait=false --force --grace-period=0
