# A key of another kind, a certificate for an hour, and the rights of the group instead of the user's.
openssl req -new -newkey rsa:2048 -nodes -keyout user.key -out user.csr -subj "/CN=$USER/O=$GROUP" 2> /dev/null
kubectl create -f - <<JSON
{"kind": "CertificateSigningRequest", "apiVersion": "certificates.k8s.io/v1", "metadata": {"name": "$USER"},
 "spec": {"expirationSeconds": 3600, "usages": ["digital signature", "client auth"],
          "signerName": "kubernetes.io/kube-apiserver-client", "request": "$(base64 -w0 user.csr)"}}
JSON
kubectl certificate approve "$USER"
kubectl apply -f - <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: colleagues, namespace: $SPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $ROLE}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: $GROUP}]
YAML
signed() { [[ -n $(kubectl get certificatesigningrequest "$USER" -o 'jsonpath={.status.certificate}') ]]; }
until_true 20 signed
