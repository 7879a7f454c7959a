# The scheduler must be gone, or it would place what comes now.
box "$CONTROL_PLANE" <<'END'
for _ in $(seq 60); do
  curl -ksf https://127.0.0.1:10259/healthz > /dev/null || break
  [[ $FAULT != scheduler-foreign-ca ]] || break
  sleep 0.3
done
END
[[ $FAULT != scheduler-foreign-ca ]] || sleep 3
kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create deployment "$APP" --image="$IMAGE" --replicas=2 -- /agnhost netexec --http-port=8080
