kubectl create namespace "$SPACE"
kubectl apply -f - <<END
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: $PLURAL.market.kubelab.example}
spec:
  group: market.kubelab.example
  scope: Namespaced
  names: {plural: $PLURAL, singular: ${KIND,,}, kind: $KIND}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
END
kubectl wait "crd/$PLURAL.market.kubelab.example" --for=condition=Established --timeout=30s
make() {
  kubectl -n "$SPACE" apply -f - <<END
apiVersion: market.kubelab.example/v1
kind: $KIND
metadata: {name: $1}
spec: {$FIELD: $GOOD, note: $1 of all}
END
}
until_true 20 make first
make second
