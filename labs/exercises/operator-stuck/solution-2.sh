# variants: wrong=rights, wrong=version
case $WRONG in
  rights)
    # A role of its own for what is missing, bound to the account by its user name.
    kubectl -n "$SPACE" create role stalls --verb=patch,update --resource=stalls.fair.kubelab.example,stalls.fair.kubelab.example/status
    kubectl -n "$SPACE" create rolebinding stalls --role=stalls --user="system:serviceaccount:$SPACE:operator" ;;
  version)
    # The old version is served no more.
    kubectl patch crd stalls.fair.kubelab.example --type=json -p '[
      {"op":"replace","path":"/spec/versions/0/served","value":true},{"op":"remove","path":"/spec/versions/1"}]' ;;
esac
made() { kubectl create -f stall.json; }
printf '{"apiVersion":"fair.kubelab.example/v1","kind":"Stall","metadata":{"name":"%s","namespace":"%s"},"spec":{"goods":"%s","places":%s}}' \
  "$NAME" "$SPACE" "$NAME" "$PLACES" > stall.json
until_true 20 made
until_true 30 kubectl -n "$SPACE" get configmap receipt-plums "stall-$NAME"
