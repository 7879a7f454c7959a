kubectl patch crd "$PLURAL.market.kubelab.example" --type=json \
  -p '[{"op":"replace","path":"/spec/versions/0/schema/openAPIV3Schema","value":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}]'
