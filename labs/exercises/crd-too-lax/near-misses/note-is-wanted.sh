# variants: rule=choice
# More is asked for than was told: an object without a note is refused.
kubectl patch crd "$PLURAL.market.kubelab.example" --type=merge -p '{"spec":{"versions":[{"name":"v1","served":true,"storage":true,
  "subresources":{"status":{}},
  "additionalPrinterColumns":[{"name":"colour","type":"string","jsonPath":".spec.colour"}],
  "schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{
    "spec":{"type":"object","required":["colour","note"],"properties":{
      "colour":{"type":"string","enum":["red","green","blue"]},"note":{"type":"string"}}}}}}}]}}'
