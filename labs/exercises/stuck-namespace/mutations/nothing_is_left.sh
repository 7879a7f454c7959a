# It went; the next one would wait for an API group that nobody serves.
kubectl apply -f - <<YAML
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.empty.kubelab.example}
spec:
  group: empty.kubelab.example
  version: v1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: empty, namespace: kube-system}
YAML
sleep 2
