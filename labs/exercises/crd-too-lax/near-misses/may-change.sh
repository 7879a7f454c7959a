# variants: rule=code
# Every new one is right, and every old one may be changed.
kubectl patch crd "$PLURAL.market.kubelab.example" --type=merge -p '{"spec":{"versions":[{"name":"v1","served":true,"storage":true,
  "subresources":{"status":{}},
  "additionalPrinterColumns":[{"name":"code","type":"string","jsonPath":".spec.code"}],
  "schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{
    "spec":{"type":"object","required":["code"],"properties":{
      "code":{"type":"string","pattern":"^[A-Z]{2}[0-9]{4}$"},"note":{"type":"string"}}}}}}}]}}'
