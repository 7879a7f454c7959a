case $WRONG in
  rights)
    kubectl -n "$SPACE" patch role operator --type=json -p '[
      {"op":"add","path":"/rules/0/verbs/-","value":"patch"},
      {"op":"add","path":"/rules/-","value":{"apiGroups":["fair.kubelab.example"],"resources":["stalls/status"],"verbs":["patch"]}}]' ;;
  status)
    kubectl patch crd stalls.fair.kubelab.example --type=json -p '[{"op":"add","path":"/spec/versions/0/subresources","value":{"status":{}}}]' ;;
  version)
    kubectl patch crd stalls.fair.kubelab.example --type=json -p '[{"op":"replace","path":"/spec/versions/0/served","value":true}]' ;;
esac
make() {
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: fair.kubelab.example/v1
kind: Stall
metadata: {name: $NAME}
spec: {goods: $NAME, places: $PLACES}
END
}
until_true 20 make
until_true 30 kubectl -n "$SPACE" get configmap receipt-plums "stall-$NAME"
