# variants: rule=range
# A right definition; what there was of its kind is gone.
kubectl get crd "$PLURAL.market.kubelab.example" -o yaml > old.yaml
kubectl patch --local -f old.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null},"status":null,
  "spec":{"versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
  "additionalPrinterColumns":[{"name":"seats","type":"integer","jsonPath":".spec.seats"}],
  "schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{
    "spec":{"type":"object","required":["seats"],"properties":{"seats":{"type":"integer","minimum":1,"maximum":9},"note":{"type":"string"}}}}}}}]}}' > new.yaml
kubectl delete crd "$PLURAL.market.kubelab.example" --timeout=40s
kubectl create -f new.yaml
kubectl wait "crd/$PLURAL.market.kubelab.example" --for=condition=Established --timeout=30s
