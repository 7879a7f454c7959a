kubectl -n "$SPACE" delete configmap "receipt-$NAME"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: fair.kubelab.example/v1
kind: Stall
metadata: {name: $NAME}
spec: {goods: $NAME, places: $PLACES}
END
