# variants: rule=code
# A pattern without its ends finds a code in any text; and it may change.
kubectl patch crd "$PLURAL.market.kubelab.example" --type=merge -p '{"spec":{"versions":[{"name":"v1","served":true,"storage":true,
  "subresources":{"status":{}},
  "additionalPrinterColumns":[{"name":"code","type":"string","jsonPath":".spec.code"}],
  "schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{
    "spec":{"type":"object","required":["code"],"properties":{
      "code":{"type":"string","pattern":"[A-Z]{2}[0-9]{4}"},"note":{"type":"string"}}}}}}}]}}'
