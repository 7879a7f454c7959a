kubectl patch crd "$PLURAL.market.kubelab.example" --type=json -p '[{"op":"remove","path":"/spec/versions/0/subresources"}]'
