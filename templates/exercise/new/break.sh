kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create deployment "$APP" --image="$IMAGE" --port=8080 -- /agnhost netexec --http-port=8080
selector=$APP port=8080
case $WRONG in
  label) selector=${APP}s ;;
  name) selector=$SPACE ;;
  port) port=8081 ;;
esac
kubectl -n "$SPACE" create service clusterip "$APP" --tcp="80:$port"
kubectl -n "$SPACE" patch service "$APP" -p "{\"spec\":{\"selector\":{\"app\":\"$selector\"}}}"
