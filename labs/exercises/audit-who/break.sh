kubectl create namespace "$SPACE"
kubectl -n "$SPACE" create configmap answer
case $KIND in
  configmap) kubectl -n "$SPACE" create configmap "$ITEM" --from-literal=bread=3 ;;
  secret) kubectl -n "$SPACE" create secret generic "$ITEM" --from-literal=code=1234 ;;
  service) kubectl -n "$SPACE" create service clusterip "$ITEM" --tcp=80:80 ;;
esac
kubectl -n "$SPACE" create role hand --verb=get,list,delete,deletecollection,patch --resource="${KIND}s"
kubectl -n "$SPACE" create role eye --verb=get,list --resource="${KIND}s"
call() { # ACCOUNT METHOD PATH
  local token
  token=$(kubectl -n "$SPACE" create token "$1")
  box "$CONTROL_PLANE" "curl -sk -o /dev/null -X $2 -H 'Authorization: Bearer $token' $API/api/v1/namespaces/$SPACE/$3"
}
for account in cleaner importer mirror reporter; do
  kubectl -n "$SPACE" create serviceaccount "$account"
  role=eye
  [[ $account != "$CULPRIT" ]] || role=hand
  kubectl -n "$SPACE" create rolebinding "$account" --role=$role --serviceaccount="$SPACE:$account"
done
for account in cleaner importer mirror reporter; do
  [[ $account != "$CULPRIT" ]] || continue
  call $account GET "${KIND}s/$ITEM"
  call $account DELETE "${KIND}s/$ITEM"
done
case $KIND in
  service) call "$CULPRIT" DELETE "${KIND}s/$ITEM" ;;
  *) call "$CULPRIT" DELETE "${KIND}s?fieldSelector=metadata.name%3D$ITEM" ;;
esac
kubectl -n "$SPACE" delete rolebindings,roles --all
