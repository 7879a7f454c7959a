# Made anew, it is as new as before.
kubectl -n "$SPACE" delete service "$APP"
kubectl -n "$SPACE" create service nodeport "$APP" --tcp=80:8080 --node-port="$PORT"
