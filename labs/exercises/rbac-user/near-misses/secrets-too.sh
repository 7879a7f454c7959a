# What was asked for, and the secrets of the namespace beside it.
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout user.key -out user.csr -subj "/O=$GROUP/CN=$USER" 2> /dev/null
kubectl apply -f - <<END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: $USER}
spec:
  request: $(base64 -w0 user.csr)
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
END
kubectl certificate approve "$USER"
kubectl -n "$SPACE" create rolebinding "$USER" --clusterrole="$ROLE" --user="$USER"
kubectl -n "$SPACE" apply -f - <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: more}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get, list, watch]}
  - {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [get, list, watch, bind]}
END
kubectl -n "$SPACE" create rolebinding more --role=more --group="$GROUP"
