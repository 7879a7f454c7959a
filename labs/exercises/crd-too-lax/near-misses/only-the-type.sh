# It looks like a schema; every number and every text is still right, and the spec may be left out.
kind=string
[[ $RULE != range ]] || kind=integer
kubectl patch crd "$PLURAL.market.kubelab.example" --type=merge -p '{"spec":{"versions":[{"name":"v1","served":true,"storage":true,
  "subresources":{"status":{}},
  "additionalPrinterColumns":[{"name":"'"$FIELD"'","type":"string","jsonPath":".spec.'"$FIELD"'"}],
  "schema":{"openAPIV3Schema":{"type":"object","properties":{
    "spec":{"type":"object","properties":{"'"$FIELD"'":{"type":"'"$kind"'"},"note":{"type":"string"}}}}}}}]}}'
