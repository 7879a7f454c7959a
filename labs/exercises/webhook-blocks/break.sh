kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default
kubectl apply -f - <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: keep-me}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: "!object.metadata.name.startsWith('forbidden')", message: "no pod is called forbidden"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: keep-me}
spec: {policyName: keep-me, validationActions: [Deny]}
END
if [[ $WRONG == policy ]]; then
  kubectl apply -f - <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: $NAME}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: "has(object.metadata.labels) && 'team' in object.metadata.labels", message: "a pod needs a team"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: $NAME}
spec: {policyName: $NAME, validationActions: [Deny]}
END
else
  kind=Validating
  [[ $WRONG != mutating ]] || kind=Mutating
  kubectl apply -f - <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}WebhookConfiguration
metadata: {name: $NAME}
webhooks:
  - name: $NAME.kubelab.example
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    timeoutSeconds: 1
    clientConfig: {service: {name: $NAME, namespace: kube-system, path: /}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
END
fi
refused() { ! kubectl -n "$SPACE" run try --image="$IMAGE" --dry-run=server -- pause; }
until_true 20 refused
kubectl -n "$SPACE" create deployment app --image="$IMAGE" -- /agnhost netexec --http-port=8080
