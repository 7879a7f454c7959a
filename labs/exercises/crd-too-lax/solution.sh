case $RULE in
  range) field='{"type":"integer","minimum":1,"maximum":9}' ;;
  choice) field='{"type":"string","enum":["red","green","blue"]}' ;;
  code) field='{"type":"string","pattern":"^[A-Z]{2}[0-9]{4}$","x-kubernetes-validations":[{"rule":"self == oldSelf"}]}' ;;
esac
kubectl patch crd "$PLURAL.market.kubelab.example" --type=merge -p '{"spec":{"versions":[{"name":"v1","served":true,"storage":true,
  "subresources":{"status":{}},
  "additionalPrinterColumns":[{"name":"'"$FIELD"'","type":"string","jsonPath":".spec.'"$FIELD"'"}],
  "schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{
    "spec":{"type":"object","required":["'"$FIELD"'"],"properties":{"'"$FIELD"'":'"$field"',"note":{"type":"string"}}},
    "status":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}]}}'
sleep 2
