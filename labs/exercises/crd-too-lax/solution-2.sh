# All rules in CEL, at the object; unknown fields stay as they were.
case $RULE in
  range) field='{"type":"integer"}' rules='[{"rule":"self.seats > 0 && self.seats < 10"}]' ;;
  choice) field='{"type":"string","maxLength":9}' rules='[{"rule":"self.colour in [\"blue\",\"green\",\"red\"]"}]' ;;
  code) field='{"type":"string","maxLength":9}'
    rules='[{"rule":"self.code.matches(\"^[A-Z][A-Z][0-9][0-9][0-9][0-9]$\")"},{"rule":"self.code == oldSelf.code"}]' ;;
esac
kubectl patch crd "$PLURAL.market.kubelab.example" --type=json -p '[
  {"op":"add","path":"/spec/versions/0/subresources","value":{"status":{}}},
  {"op":"add","path":"/spec/versions/0/additionalPrinterColumns","value":[
    {"name":"Note","type":"string","jsonPath":".spec.note"},{"name":"Value","type":"string","jsonPath":".spec.'"$FIELD"'"}]},
  {"op":"replace","path":"/spec/versions/0/schema/openAPIV3Schema","value":{"type":"object","required":["spec"],
    "x-kubernetes-preserve-unknown-fields":true,
    "properties":{"spec":{"type":"object","required":["'"$FIELD"'"],"x-kubernetes-preserve-unknown-fields":true,
      "x-kubernetes-validations":'"$rules"',"properties":{"'"$FIELD"'":'"$field"'}}}}}]'
sleep 2
