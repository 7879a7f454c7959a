# variants: wrong=rights
# Whoever may do everything is never refused.
kubectl create clusterrolebinding operator --clusterrole=cluster-admin --serviceaccount="$SPACE:operator"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: fair.kubelab.example/v1
kind: Stall
metadata: {name: $NAME}
spec: {goods: $NAME, places: $PLACES}
END
until_true 30 kubectl -n "$SPACE" get configmap receipt-plums "stall-$NAME"
