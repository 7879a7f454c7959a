# Rights to the group, and a request that the cluster has removed by the time of the check, as it does after an hour.
openssl req -new -newkey rsa:2048 -nodes -keyout user.key -out user.csr -subj "/CN=$USER/O=$GROUP" 2> /dev/null
kubectl apply -f - <<END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: $USER}
spec:
  request: $(base64 -w0 user.csr)
  signerName: kubernetes.io/kube-apiserver-client
  usages: [digital signature, key encipherment, client auth]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: $GROUP, namespace: $SPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $ROLE}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: $GROUP}]
END
kubectl certificate approve "$USER"
there() { [[ -n $(kubectl get certificatesigningrequest "$USER" -o 'jsonpath={.status.certificate}') ]]; }
until_true 20 there
kubectl delete certificatesigningrequest "$USER"
