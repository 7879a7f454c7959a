# The node is not Ready while its pods go on: its kubelet may not say otherwise, and who would draw the consequences is away.
box "$CONTROL_PLANE" <<'END'
rm /etc/kubernetes/manifests/kube-controller-manager.yaml
for _ in $(seq 60); do
  crictl ps -q --name '^kube-controller-manager$' | grep -q . || exit 0
  sleep 0.5
done
exit 1
END
kubectl apply -f - <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: silence}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [nodes/status]}]}
  validations: [{expression: "!request.userInfo.username.startsWith('system:node:')"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: silence}
spec: {policyName: silence, validationActions: [Deny]}
END
say() { # READY: as the administrator, or as who is given after it
  kubectl patch node "$TARGET" --subresource=status "${@:2}" \
    -p '{"status":{"conditions":[{"type":"Ready","status":"'"$1"'","reason":"Mutated"}]}}'
}
silenced() { ! say True --dry-run=server --as="system:node:$TARGET" --as-group=system:nodes; }
until_true 30 silenced
say False
